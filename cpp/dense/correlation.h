#pragma once

#include <algorithm>

#include "dense/dense.h"
#include "dense/matrix_tile.h"

namespace depthwise {

/// One axis of a correlation. Its outputs and taps may be only some of those of the tensors.
struct CorrelationAxis {
  Axis axis;                      ///< the inputs, outputs and taps of the correlation
  int firstOut = 0, outStep = 1;  ///< see position
  int firstTap = 0, tapStep = 1;  ///< tap t is tap firstTap + t·tapStep of the filter

  /// Returns the position in y of an output.
  ptrdiff_t position(int out) const { return firstOut + ptrdiff_t{out} * outStep; }
};

/// The sum that the forward pass and a phase of the input gradient compute. Its tensors are NHWC:
///
///     y[n, i, j, b] = activation(Σ_{p,q,a} x[n, i·stride + p·dilation − padBefore, j·…, a] · filter[p, q, a, b] +
///     bias)
///
/// Taps in the padding are skipped.
struct DenseCorrelation {
  int images, xChannels, yChannels;
  CorrelationAxis height, width;
  int yHeight, yWidth;            ///< rows and columns of y
  int filterHeight, filterWidth;  ///< all taps of the filter
  bool isTransposed;              ///< the filter is [height, width, yChannels, xChannels] in memory
};

/// Returns the forward pass of a dense convolution of NHWC tensors.
DenseCorrelation forwardCorrelation(const DenseGeometry& g);

/// Computes a range of the output channels of correlations with one filter.
class Correlator {
 public:
  /// Allocates memory for correlations with the channels of `c` and at most `maxTaps` taps. With `packs`, the filter is
  /// packed. A transposed filter must be packed. `factors` are as for conv2dForward; null for a transposed filter.
  Correlator(const DenseCorrelation& c, IndexRange channels, int maxTaps, bool packs, const float* filter,
             const Epilogue& epilogue, const float* factors = nullptr);

  /// Returns the unit of the ranges of output channels that threads compute. If there are more lists of pixels than
  /// such ranges, it is all channels, and threads compute lists of pixels.
  static int unitOfChannels(int channels, ptrdiff_t pixels) {
    if (channels / kMinChannels <= pixels / kMaxPixels) return channels;
    const int ofRange = (channels / kRanges + kTileColumns - 1) / kTileColumns * kTileColumns;
    return std::clamp(ofRange, kMinChannels, kMaxChannels);
  }

  /// Returns whether the filter should be packed: if tiles contain more than two pixels on average. A tile takes twice
  /// as long as one pixel with a filter that is not packed. Packing takes less time than another pixel if the filter is
  /// larger than 1 MB: three pixels take 0.8 to 0.9 times as long. With smaller filters, they take 1 to 1.2 times as
  /// long.
  static bool isPackingFaster(const DenseCorrelation& c);

  Status status() const { return segments_.status() ? packedFilter_.status() : segments_.status(); }

  void compute(const DenseCorrelation& c, const float* x, float* y);

 private:
  /// Fewer channels would read only a part of each cache line of the filter.
  static constexpr int kMinChannels = kCacheLine / sizeof(float);
  /// Channels of a range that a thread computes, at most. Each range reads x again: with half as many channels, the
  /// convolution takes 1.03 times as long.
  static constexpr int kMaxChannels = 128;
  /// Ranges of channels, if they have fewer channels than that.
  static constexpr int kRanges = 4;
  /// Pixels of a list. With more, a panel of the filter is read from the second-level cache less often; with fewer,
  /// their inputs and outputs stay in the cache from panel to panel.
  static constexpr int kMaxPixels = 128;

  struct OffsetList;
  /// Outputs in all images that have the same taps inside the image. p and q are the first of these taps.
  struct Rectangle {
    IndexRange rows, columns;
    int p, q;
  };

  void packFilter(IndexRange channels);
  TermSegments prepareSegments(IndexRange p, IndexRange q);
  void computeOutputs(const Rectangle& outputs, const TermSegments& segments, IndexRange channels) const;
  void computeLists(const Rectangle& outputs, const TermSegments& segments, IndexRange channels, ptrdiff_t firstPixel,
                    ptrdiff_t endPixel) const;
  void computeList(OffsetList& list, const TermSegments& segments, IndexRange channels) const;
  void computePixels(const OffsetList& list, const TermSegments& segments, IndexRange channels) const;
  Epilogue epilogueOf(IndexRange channels) const;

  const bool packs_;
  const float* const filter_;
  const float* const factors_;
  const Epilogue epilogue_;
  const IndexRange channels_;
  const int groupChannels_;
  Buffer<TermSegment> segments_;
  Buffer<float> packedFilter_;
  DenseCorrelation c_{};  ///< the correlation that is computed
  int terms_ = 0;
  const float* x_ = nullptr;
  float* y_ = nullptr;
};

}  // namespace depthwise
