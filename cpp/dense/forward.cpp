#include <algorithm>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/packing.h"
#include "nn/activation.h"

/// The forward pass as a matrix product: rows are output pixels, columns are output channels, terms are the taps and
/// input channels. A tile sums all taps in registers and writes each output once.
///
/// The loops, from outside to inside:
///     compute        groups of output rows, counted through all images
///     computeGroup   panels of output channels, then the rows of the group; at the end the epilogue of the group
///     computeRow     ranges of adjacent outputs of a row for which the same taps are inside the image
///     multiplyPanel  4 × 8 sums in registers (matrix_tile.h)
namespace depthwise {
namespace {

/// Outputs per group of rows: while the panels of the filter are read in turn, the inputs of the group and its part of
/// y stay in the second-level cache.
constexpr int kGroupOutputs = 256;

class Forward {
 public:
  Forward(const DenseGeometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y)
      : g_(g),
        x_(x),
        epilogue_(epilogue),
        y_(y),
        terms_(g.height.taps * g.width.taps * g.inChannels),
        segments_(int64_t{g.height.taps} * g.width.taps),
        packedFilter_(packedSize(terms_, g.outChannels)) {
    if (status()) packRight(filter, g.outChannels, terms_, g.outChannels, packedFilter_.data());
  }

  Status status() const { return segments_.status() ? packedFilter_.status() : segments_.status(); }

  void compute() {
    const int rowsPerGroup = std::max(1, kGroupOutputs / g_.width.out);
    forEachRange(g_.batch * g_.height.out, rowsPerGroup, [&](IndexRange rows) { computeGroup(rows); });
  }

 private:
  void computeGroup(IndexRange rows) {
    const float* panel = packedFilter_.data();
    forEachRange(g_.outChannels, kTileColumns, [&](IndexRange channels) {
      for (int row = rows.first; row < rows.first + rows.count; ++row) computeRow(row, channels, panel);
      panel += packedSize(terms_, kTileColumns);
    });
    if (epilogue_.changesNothing()) return;
    const ptrdiff_t first = ptrdiff_t{rows.first} * g_.width.out;
    applyEpilogue(epilogue_, y_ + first * g_.outChannels, g_.outChannels, rows.count * g_.width.out, g_.outChannels);
  }

  void computeRow(int row, IndexRange channels, const float* panel) {
    int first = 0;
    while (first < g_.width.out) {
      const int end = endOfRange(first);
      computeOutputs(row, {first, end - first}, channels, panel);
      first = end;
    }
  }

  /// Returns the end of the outputs that follow `first` and have the same taps inside the image.
  int endOfRange(int first) const {
    int end = g_.width.out;
    for (int q = 0; q < g_.width.taps; ++q) {
      const OutputRange inside = outputsInside(g_.width, q);
      if (inside.first > first) end = std::min(end, inside.first);
      if (inside.end > first) end = std::min(end, inside.end);
    }
    return end;
  }

  void computeOutputs(int row, IndexRange outputs, IndexRange channels, const float* panel) {
    const int image = row / g_.height.out, i = row % g_.height.out;
    ptrdiff_t count = 0;
    for (int p = 0; p < g_.height.taps; ++p) {
      if (!isInside(g_.height, i, p)) continue;
      const ptrdiff_t xRow = ptrdiff_t{image} * g_.height.in + inputIndex(g_.height, i, p);
      for (int q = 0; q < g_.width.taps; ++q) {
        if (!isInside(g_.width, outputs.first, q)) continue;
        const ptrdiff_t left = (xRow * g_.width.in + inputIndex(g_.width, outputs.first, q)) * g_.inChannels;
        const ptrdiff_t right = (ptrdiff_t{p} * g_.width.taps + q) * g_.inChannels * kTileColumns;
        segments_[count++] = {.left = left, .right = right, .count = g_.inChannels};
      }
    }
    // If the stride is longer than the row, `outputs` is one output.
    const ptrdiff_t xStride = ptrdiff_t{std::min(g_.width.stride, g_.width.in)} * g_.inChannels;
    const ptrdiff_t yPixel = ptrdiff_t{row} * g_.width.out + outputs.first;
    multiplyPanel<LeftOrder::kTermsAdjacent>({.data = x_, .stride = xStride, .groupStride = kTileRows * xStride},
                                             {.data = panel, .stride = kTileColumns},
                                             {segments_.data(), static_cast<size_t>(count)},
                                             {.data = y_ + yPixel * g_.outChannels + channels.first,
                                              .rowStride = g_.outChannels,
                                              .rows = outputs.count,
                                              .columns = channels.count,
                                              .accumulate = false});
  }

  static bool isInside(const Axis& axis, int output, int tap) {
    const OutputRange inside = outputsInside(axis, tap);
    return output >= inside.first && output < inside.end;
  }

  const DenseGeometry g_;
  const float* const x_;
  const Epilogue epilogue_;
  float* const y_;
  const int terms_;
  Buffer<TermSegment> segments_;
  Buffer<float> packedFilter_;
};

}  // namespace

Status conv2dForward(const DenseGeometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  if (g.batch == 0) return {};
  Forward forward(flattenPixelwise(g), x, filter, epilogue, y);
  if (const Status status = forward.status(); !status) return status;
  forward.compute();
  return {};
}

}  // namespace depthwise
