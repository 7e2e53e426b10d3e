#include <algorithm>

#include "dense/dense.h"
#include "dense/few_channels.h"
#include "dense/matrix_tile.h"
#include "dense/nchw.h"
#include "dense/packing.h"

/// The input gradient as matrix products. For each tap, dx += dy · filter[tap]ᵀ: rows are pixels, columns are input
/// channels, terms are output channels.
///
/// The loops, from outside to inside:
///     compute        groups of output rows, counted through all images
///     addRows        ranges of output channels, input channels, then taps
///     addTap         packs the tap, then the output rows for which the tap is inside the image
///     addSegment     blocks of pixels of a row, and panels of input channels
///     multiplyPanel  4 × 8 sums in registers (matrix_tile.h)
namespace depthwise {
namespace {

/// Channels of dx or dy per range: a packed tap takes 256 KB.
constexpr int kMaxChannels = 256;
/// Outputs per group of rows. With more outputs, packing the filter takes a smaller share of the time; with fewer,
/// their part of dx stays in the second-level cache from tap to tap.
constexpr int kGroupOutputs = 1024;
/// Outputs per block: at most 32 KB of dy, which stay in the first-level cache while panels of the filter are read.
constexpr int kBlockOutputs = 32;

class InputGradient {
 public:
  InputGradient(const DenseGeometry& g, const float* filter)
      : g_(g),
        filter_(filter),
        isPixelwise_(isPixelwise(g)),
        packedTap_(packedSize(std::min(g.outChannels, kMaxChannels), std::min(g.inChannels, kMaxChannels))) {}

  Status status() const { return packedTap_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* dy, float* dx) {
    g_ = g;
    dy_ = dy;
    dx_ = dx;
    if (!isPixelwise_) std::fill_n(dx_, elementCount(g_.xShape()), 0.0f);
    const int rowsPerGroup = std::max(1, kGroupOutputs / g_.width.out);
    forEachRange(g_.batch * g_.height.out, rowsPerGroup, [&](IndexRange rows) { addRows(rows); });
  }

 private:
  void addRows(IndexRange rows) {
    forEachRange(g_.outChannels, kMaxChannels, [&](IndexRange out) {
      forEachRange(g_.inChannels, kMaxChannels, [&](IndexRange in) {
        for (int p = 0; p < g_.height.taps; ++p) {
          for (int q = 0; q < g_.width.taps; ++q) addTap(p, q, rows, in, out);
        }
      });
    });
  }

  void addTap(int p, int q, IndexRange rows, IndexRange in, IndexRange out) {
    const OutputRange insideRows = outputsInside(g_.height, p), insideColumns = outputsInside(g_.width, q);
    const int outputs = insideColumns.end - insideColumns.first;
    if (outputs == 0) return;
    const ptrdiff_t tap = ptrdiff_t{p} * g_.width.taps + q;
    packRightTransposed(filter_ + (tap * g_.inChannels + in.first) * g_.outChannels + out.first, g_.outChannels,
                        out.count, in.count, packedTap_.data());
    for (int row = rows.first; row < rows.first + rows.count; ++row) {
      const int image = row / g_.height.out, i = row % g_.height.out;
      if (i < insideRows.first || i >= insideRows.end) continue;
      const ptrdiff_t dyPixel = ptrdiff_t{row} * g_.width.out + insideColumns.first;
      const ptrdiff_t dxRow = ptrdiff_t{image} * g_.height.in + inputIndex(g_.height, i, p);
      const ptrdiff_t dxPixel = dxRow * g_.width.in + inputIndex(g_.width, insideColumns.first, q);
      addSegment(dy_ + dyPixel * g_.outChannels + out.first, dx_ + dxPixel * g_.inChannels + in.first, outputs, in,
                 out);
    }
  }

  /// Adds the products of `outputs` adjacent outputs with the packed tap.
  void addSegment(const float* dy, float* dx, int outputs, IndexRange in, IndexRange out) {
    const TermSegment terms{.left = 0, .right = 0, .count = out.count};
    const bool accumulate = !isPixelwise_ || out.first > 0;
    // If the stride is longer than the row, `outputs` is 1.
    const ptrdiff_t dxStride = ptrdiff_t{std::min(g_.width.stride, g_.width.in)} * g_.inChannels;
    const ptrdiff_t dyStride = g_.outChannels;
    while (outputs > 0) {
      const int blockOutputs = std::min(kBlockOutputs, outputs);
      const LeftOperand left{.data = dy, .stride = dyStride, .groupStride = kTileRows * dyStride};
      RightOperand right{.data = packedTap_.data(), .stride = kTileColumns};
      for (int column = 0; column < in.count; column += kTileColumns) {
        multiplyPanel<LeftOrder::kTermsAdjacent>(left, right, {&terms, 1},
                                                 {.data = dx + column,
                                                  .rowStride = dxStride,
                                                  .rows = blockOutputs,
                                                  .columns = std::min(kTileColumns, in.count - column),
                                                  .accumulate = accumulate});
        right.data += packedSize(out.count, kTileColumns);
      }
      dy += blockOutputs * dyStride;
      dx += blockOutputs * dxStride;
      outputs -= blockOutputs;
    }
  }

  DenseGeometry g_;  ///< of the images that are computed
  const float* const filter_;
  const bool isPixelwise_;
  Buffer<float> packedTap_;
  const float* dy_ = nullptr;
  float* dx_ = nullptr;
};

template <class Gradient>
Status computeImages(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  const int images = imagesAtATime(g);
  NhwcImages dyImages(g.layout, g.yShape(), images), dxImages(g.layout, g.xShape(), images);
  Gradient gradient(withImages(g, images), filter);
  for (const Status status : {dyImages.status(), dxImages.status(), gradient.status()}) {
    if (!status) return status;
  }
  forEachRange(g.batch, images, [&](IndexRange range) {
    gradient.compute(withImages(g, range.count), dyImages.read(dy, range), dxImages.memoryFor(dx, range));
    dxImages.write(dx, range);
  });
  return {};
}

}  // namespace

Status conv2dInputGradient(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  if (g.batch == 0) return {};
  return FewChannelsInputGradient::isFaster(g) ? computeImages<FewChannelsInputGradient>(g, dy, filter, dx)
                                               : computeImages<InputGradient>(g, dy, filter, dx);
}

}  // namespace depthwise
