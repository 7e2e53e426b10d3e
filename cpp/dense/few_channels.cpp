#include "dense/few_channels.h"

#include <algorithm>

#include "dense/packing.h"
#include "dense/pixel_tile.h"

namespace depthwise {
namespace {

/// The maximum number of taps times input channels: the products of a block then take 256 KB, which stay in the
/// second-level cache. A filter of 7 × 7 taps and 7 channels has 343.
constexpr int kMaxColumns = 512;
/// Outputs of a row whose products are computed before they are added to dx. With 32, a first layer takes 1.1 times as
/// long; with 256, nothing changes.
constexpr int kBlockOutputs = 128;

/// Adds the products of a tap to the inputs of adjacent outputs.
template <int Channels>
void addTap(const float* products, ptrdiff_t productStride, int outputs, float* dx, ptrdiff_t dxStride) {
  for (; outputs > 0; --outputs) {
    unroll<Channels>([&](auto c) { dx[c] += products[c]; });
    products += productStride;
    dx += dxStride;
  }
}

}  // namespace

FewChannelsInputGradient::FewChannelsInputGradient(const DenseGeometry& g, IndexRange rows, const float* filter)
    : g_(g),
      rows_(rows),
      filter_(filter),
      columns_(g.height.taps * g.width.taps * g.inChannels),
      productStride_(packedSize(1, columns_)),
      packedFilter_(packedFloats(g.outChannels, columns_)),
      products_(int64_t{std::min(kBlockOutputs, g.width.out)} * productStride_) {}

bool FewChannelsInputGradient::isFaster(const DenseGeometry& g) {
  const int taps = g.height.taps * g.width.taps;
  return g.inChannels < kTileColumns && taps > 1 && taps * g.inChannels <= kMaxColumns;
}

bool FewChannelsInputGradient::readsRange(int row) const {
  const int image = row / g_.height.out, i = row % g_.height.out;
  const int64_t start = int64_t{image} * g_.height.in + int64_t{i} * g_.height.stride - g_.height.padBefore;
  const int64_t last = start + int64_t{g_.height.taps - 1} * g_.height.dilation;
  return last >= rows_.first && start < rows_.first + rows_.count;
}

void FewChannelsInputGradient::compute(const DenseGeometry& g, const float* dy, float* dx) {
  g_ = g;
  packRightTransposed(filter_, g.outChannels, g.outChannels, columns_, packedFilter_.data(),
                      packedSize(g.outChannels, kTileColumns));
  const ptrdiff_t rowSize = ptrdiff_t{g.width.in} * g.inChannels;
  std::fill_n(dx + rows_.first * rowSize, std::min(rows_.count, count(g) - rows_.first) * rowSize, 0.0f);
  for (int row = 0; row < g.batch * g.height.out; ++row) {
    if (!readsRange(row)) continue;
    forEachRange(g.width.out, kBlockOutputs, [&](IndexRange outputs) {
      computeProducts(dy + (ptrdiff_t{row} * g.width.out + outputs.first) * g.outChannels, outputs.count);
      addProducts(row, outputs, dx);
    });
  }
}

void FewChannelsInputGradient::computeProducts(const float* dy, int outputs) {
  ptrdiff_t dyOffsets[kBlockOutputs], productOffsets[kBlockOutputs];
  for (int i = 0; i < kBlockOutputs; ++i) {
    const int output = std::min(i, outputs - 1);
    dyOffsets[i] = ptrdiff_t{output} * g_.outChannels;
    productOffsets[i] = output * productStride_;
  }
  const TermSegment terms{.left = 0, .right = 0, .count = g_.outChannels};
  const float* filter = packedFilter_.data();
  for (int column = 0; column < columns_; column += kTileColumns) {
    computeTiles(
        dy, {.x = dyOffsets, .y = productOffsets, .count = outputs}, {&terms, 1},
        {.filter = filter, .bias = nullptr, .limits = nullptr, .count = columns_ - column > 4 ? kTileColumns : 4},
        products_.data() + column);
    filter += packedSize(g_.outChannels, kTileColumns);
  }
}

/// Adds the products of a block of outputs to dx, tap by tap, except for taps in the padding. The inputs of adjacent
/// taps overlap: adding all taps of an output at once would read values that were just written.
void FewChannelsInputGradient::addProducts(int row, IndexRange outputs, float* dx) {
  constexpr decltype(&addTap<1>) kAddTap[kTileColumns] = {nullptr,   addTap<1>, addTap<2>, addTap<3>,
                                                          addTap<4>, addTap<5>, addTap<6>, addTap<7>};
  const int image = row / g_.height.out, i = row % g_.height.out;
  const int end = outputs.first + outputs.count;
  // If the stride is longer than the row, a tap is inside the image for one output of a row at most.
  const ptrdiff_t dxStride = ptrdiff_t{std::min(g_.width.stride, g_.width.in)} * g_.inChannels;
  for (int p = 0; p < g_.height.taps; ++p) {
    const OutputRange insideRows = outputsInside(g_.height, p);
    if (i < insideRows.first || i >= insideRows.end) continue;
    const int dxRow = image * g_.height.in + inputIndex(g_.height, i, p);
    if (dxRow < rows_.first || dxRow >= rows_.first + rows_.count) continue;
    for (int q = 0; q < g_.width.taps; ++q) {
      const OutputRange inside = outputsInside(g_.width, q);
      const int first = std::max(outputs.first, inside.first), count = std::min(end, inside.end) - first;
      if (count <= 0) continue;
      const ptrdiff_t column = (ptrdiff_t{p} * g_.width.taps + q) * g_.inChannels;
      kAddTap[g_.inChannels](
          products_.data() + (first - outputs.first) * productStride_ + column, productStride_, count,
          dx + (ptrdiff_t{dxRow} * g_.width.in + inputIndex(g_.width, first, q)) * g_.inChannels, dxStride);
    }
  }
}

}  // namespace depthwise
