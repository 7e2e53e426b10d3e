#include <algorithm>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/matrix_vector.h"
#include "dense/nchw.h"
#include "dense/packing.h"
#include "dense/pixel_tile.h"
#include "nn/activation.h"

/// The forward pass as a matrix product: rows are output pixels, columns are output channels, terms are the taps and
/// input channels. A tile sums all terms in registers and writes each output once.
///
/// The loops, from outside to inside:
///     compute         groups of output channels, whose filter is packed; then rectangles of outputs that have the same
///                     taps inside the image, in all images
///     computeOutputs  lists of pixels of the rectangles
///     computeList     panels of output channels; at the end the activation
///     computeTiles    4 × 8 sums in registers (pixel_tile.h)
///
/// For a few pixels the filter is not packed, and addVectorProducts (matrix_vector.h) replaces computeTiles.
namespace depthwise {
namespace {

/// The packed filter of a group of channels takes at most this many floats, so that it stays in the second-level cache.
constexpr int kGroupFloats = 1 << 16;
constexpr ptrdiff_t kMaxReadFloats = 1 << 19;
/// Fewer panels would read only a part of each cache line of the filter.
constexpr int kMinGroupPanels = 2;
/// Pixels of a list. With more pixels, a panel of the filter is read from the second-level cache less often; with
/// fewer, their inputs and outputs stay in the cache from panel to panel.
constexpr int kListPixels = 128;

/// Taps from `first` up to, not including, `end`; first ≤ end.
struct TapRange {
  int first, end;
};

/// Returns the taps of an output that are inside the image.
TapRange tapsInside(const Axis& axis, int output) {
  const int64_t start = int64_t{output} * axis.stride - axis.padBefore;
  const int64_t first = start >= 0 ? 0 : (-start + axis.dilation - 1) / axis.dilation;
  const int64_t lastOffset = axis.in - 1 - start;
  const int64_t end = lastOffset < 0 ? 0 : lastOffset / axis.dilation + 1;
  const int clippedFirst = static_cast<int>(std::min<int64_t>(first, axis.taps));
  return {clippedFirst, static_cast<int>(std::clamp<int64_t>(end, clippedFirst, axis.taps))};
}

/// Calls visit(outputs, taps) for ranges of adjacent outputs that have the same taps inside the image.
template <class Visit>
void forEachTapRange(const Axis& axis, Visit&& visit) {
  for (int first = 0; first < axis.out;) {
    int end = axis.out;
    for (int tap = 0; tap < axis.taps; ++tap) {
      const OutputRange inside = outputsInside(axis, tap);
      if (inside.first > first) end = std::min(end, inside.first);
      if (inside.end > first) end = std::min(end, inside.end);
    }
    visit(IndexRange{first, end - first}, tapsInside(axis, first));
    first = end;
  }
}

/// Returns whether the filter should be packed. A tile takes twice as long as one pixel with a filter that is not
/// packed, and packing takes about as long as one pixel.
bool isPackingFaster(const DenseGeometry& g) {
  int64_t pixels = 0, tiles = 0;
  forEachTapRange(g.height, [&](IndexRange rows, TapRange) {
    forEachTapRange(g.width, [&](IndexRange columns, TapRange) {
      const int64_t count = int64_t{g.batch} * rows.count * columns.count;
      pixels += count;
      tiles += (count + kTileRows - 1) / kTileRows;
    });
  });
  return pixels > 2 * tiles;
}

class Forward {
 public:
  Forward(const DenseGeometry& g, const float* filter, const Epilogue& epilogue)
      : g_(g),
        filter_(filter),
        epilogue_(epilogue),
        terms_(g.height.taps * g.width.taps * g.inChannels),
        packs_(isPackingFaster(g)),
        groupChannels_(
            std::min(g.outChannels, kTileColumns * std::max(kMinGroupPanels, kGroupFloats / kTileColumns / terms_))),
        segments_(int64_t{g.height.taps} * g.width.taps),
        packedFilter_(packs_ ? packedSize(terms_, groupChannels_) : 0) {}

  Status status() const { return segments_.status() ? packedFilter_.status() : segments_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* x, float* y) {
    g_ = g;
    x_ = x;
    y_ = y;
    const ptrdiff_t filterSize = ptrdiff_t{terms_} * g_.outChannels;
    if (packs_ && filterSize <= kMaxReadFloats) {
      for (ptrdiff_t i = 0; i < filterSize; i += 16) (void)*static_cast<const volatile float*>(filter_ + i);
    }
    forEachRange(g_.outChannels, groupChannels_, [&](IndexRange channels) {
      if (packs_) packRight(filter_ + channels.first, g_.outChannels, terms_, channels.count, packedFilter_.data());
      forEachTapRange(g_.height, [&](IndexRange rows, TapRange p) {
        forEachTapRange(g_.width, [&](IndexRange columns, TapRange q) {
          computeOutputs(rows, columns, prepareSegments(p, q), p.first, q.first, channels);
        });
      });
    });
  }

 private:
  /// Returns the terms of taps, relative to the input of the first tap.
  TermSegments prepareSegments(TapRange p, TapRange q) {
    const int taps = q.end - q.first;
    const bool areAdjacent = g_.width.dilation == 1;
    size_t count = 0;
    for (int row = p.first; row < p.end; ++row) {
      for (int column = q.first; column < q.end; column += areAdjacent ? taps : 1) {
        const ptrdiff_t xPixel = ptrdiff_t{row - p.first} * g_.height.dilation * g_.width.in +
                                 ptrdiff_t{column - q.first} * g_.width.dilation;
        const ptrdiff_t tap = ptrdiff_t{row} * g_.width.taps + column;
        segments_[count++] = {.left = xPixel * g_.inChannels,
                              .right = tap * g_.inChannels * (packs_ ? kTileColumns : g_.outChannels),
                              .count = (areAdjacent ? taps : 1) * g_.inChannels};
      }
    }
    return {segments_.data(), count};
  }

  /// Computes the outputs in a rectangle of all images. p and q are their first taps inside the image.
  void computeOutputs(IndexRange rows, IndexRange columns, const TermSegments& segments, int p, int q,
                      IndexRange channels) {
    int count = 0;
    for (int image = 0; image < g_.batch; ++image) {
      for (int i = rows.first; i < rows.first + rows.count; ++i) {
        const ptrdiff_t xRow = (ptrdiff_t{image} * g_.height.in + inputIndex(g_.height, i, p)) * g_.width.in;
        const ptrdiff_t yRow = (ptrdiff_t{image} * g_.height.out + i) * g_.width.out;
        for (int j = columns.first; j < columns.first + columns.count; ++j) {
          xOffsets_[count] = (xRow + inputIndex(g_.width, j, q)) * g_.inChannels;
          yOffsets_[count] = (yRow + j) * g_.outChannels;
          if (++count < kListPixels) continue;
          computeList(count, segments, channels);
          count = 0;
        }
      }
    }
    if (count > 0) computeList(count, segments, channels);
  }

  /// Computes the pixels of xOffsets_ and yOffsets_ one by one.
  void computePixels(int count, const TermSegments& segments, IndexRange channels) {
    const Epilogue epilogue = epilogueOf(channels);
    for (int pixel = 0; pixel < count; ++pixel) {
      float* const y = y_ + yOffsets_[pixel] + channels.first;
      std::fill_n(y, channels.count, 0.0f);
      for (const TermSegment& segment : segments) {
        addVectorProducts(x_ + xOffsets_[pixel] + segment.left, 1, filter_ + segment.right + channels.first,
                          g_.outChannels, segment.count, channels.count, y);
      }
      applyEpilogue(epilogue, y, 0, 1, channels.count);
    }
  }

  /// Computes the pixels of xOffsets_ and yOffsets_.
  void computeList(int count, const TermSegments& segments, IndexRange channels) {
    if (!packs_) return computePixels(count, segments, channels);
    for (int pixel = count; pixel < kListPixels && pixel % kTileRows != 0; ++pixel) {  // g++ needs the first condition
      xOffsets_[pixel] = xOffsets_[count - 1];
      yOffsets_[pixel] = yOffsets_[count - 1];
    }
    if (channels.first == 0 && g_.inChannels >= 96 && isPixelwise(g_)) {
      const float* first = x_ + xOffsets_[0];
      for (ptrdiff_t i = 0; i < count * g_.inChannels; i += 16) (void)*static_cast<const volatile float*>(first + i);
    }
    // Limits are applied by computeTiles, other activations afterwards.
    const Activation activation = epilogue_.elementwise();
    const Limits* const limits = limitsOf(activation);
    const float* filter = packedFilter_.data();
    forEachRange(channels.count, kTileColumns, [&](IndexRange range) {
      const int first = channels.first + range.first;
      float bias[kTileColumns] = {};
      if (epilogue_.bias) std::copy_n(epilogue_.bias + first, range.count, bias);
      computeTiles(x_, {.x = xOffsets_, .y = yOffsets_, .count = count}, segments,
                   {.filter = filter,
                    .bias = bias,
                    .limits = activation == Activation::kLinear ? nullptr : limits,
                    .count = range.count},
                   y_ + first);
      filter += packedSize(terms_, kTileColumns);
    });
    if (limits) return;
    Epilogue rest = epilogueOf(channels);
    rest.bias = nullptr;  // computeTiles added it
    for (int pixel = 0; pixel < count; ++pixel) {
      applyEpilogue(rest, y_ + yOffsets_[pixel] + channels.first, 0, 1, channels.count);
    }
  }

  /// Returns the epilogue of a range of channels.
  Epilogue epilogueOf(IndexRange channels) const {
    Epilogue part = epilogue_;
    if (part.bias) part.bias += channels.first;
    if (part.preluAlpha) part.preluAlpha += channels.first;
    return part;
  }

  DenseGeometry g_;  ///< of the images that are computed
  const float* const filter_;
  const Epilogue epilogue_;
  const int terms_;
  const bool packs_;
  const int groupChannels_;
  Buffer<TermSegment> segments_;
  Buffer<float> packedFilter_;
  const float* x_ = nullptr;
  float* y_ = nullptr;
  ptrdiff_t xOffsets_[kListPixels], yOffsets_[kListPixels];  ///< a list of pixels, see PixelList
};

}  // namespace

Status conv2dForward(const DenseGeometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  if (g.batch == 0) return {};
  const int images = imagesAtATime(g);
  NhwcImages xImages(g.layout, g.xShape(), images), yImages(g.layout, g.yShape(), images);
  Forward forward(withImages(g, images), filter, epilogue);
  for (const Status status : {xImages.status(), yImages.status(), forward.status()}) {
    if (!status) return status;
  }
  forEachRange(g.batch, images, [&](IndexRange range) {
    forward.compute(withImages(g, range.count), xImages.read(x, range), yImages.memoryFor(y, range));
    yImages.write(y, range);
  });
  return {};
}

}  // namespace depthwise
