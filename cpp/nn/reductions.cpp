#include "nn/reductions.h"

#include <algorithm>
#include <cstring>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

/// With fewer adjacent values than this, the start and the end of a blocked sum take longer than the sum.
constexpr int kMinBlockedRow = 1024;

/// Computes the sums of `Rows` rows in float64. Each addition waits for the one before, so rows that are summed
/// together take hardly longer than one.
template <int Rows>
void sumRowsTogether(int size, const float* x, double factor, float* sums) {
  double rowSums[Rows] = {};
  for (ptrdiff_t i = 0; i < size; ++i) {
    unroll<Rows>([&](auto row) { rowSums[row] += x[row * ptrdiff_t{size} + i]; });
  }
  for (int row = 0; row < Rows; ++row) sums[row] = static_cast<float>(factor * rowSums[row]);
}

void sumShortRows(int rows, int size, const float* x, double factor, float* sums) {
  int row = 0;
  for (; row + 4 <= rows; row += 4) sumRowsTogether<4>(size, x + ptrdiff_t{row} * size, factor, sums + row);
  for (; row < rows; ++row) sumRowsTogether<1>(size, x + ptrdiff_t{row} * size, factor, sums + row);
}

}  // namespace

Status sumMiddleAxis(const MiddleAxisShape& shape, const float* x, double factor, float* sums) {
  if (shape.inner == 1 && shape.middle < kMinBlockedRow) {
    sumShortRows(shape.outer, shape.middle, x, factor, sums);
    return {};
  }
  const ChannelRows rows(shape.middle, shape.inner);
  ChannelSums<1> channelSums(rows);
  if (!channelSums.status()) return channelSums.status();
  const ptrdiff_t outerStride = ptrdiff_t{shape.middle} * shape.inner;
  for (int outer = 0; outer < shape.outer; ++outer, x += outerStride, sums += shape.inner) {
    channelSums.compute(
        [x](auto) { return [x](auto vector, auto at) { return ChannelSums<1>::Terms{vector.load(x + at)}; }; });
    for (int inner = 0; inner < shape.inner; ++inner) {
      sums[inner] = static_cast<float>(factor * channelSums.sum(0, inner));
    }
  }
  return {};
}

void broadcastMiddleAxis(const MiddleAxisShape& shape, const float* values, double factor, float* x) {
  if (shape.middle == 0 || shape.inner == 0) return;
  const ptrdiff_t inner = shape.inner, outerStride = shape.middle * inner;
  if (inner == 1) {
    for (int outer = 0; outer < shape.outer; ++outer, x += outerStride) {
      std::fill_n(x, outerStride, static_cast<float>(factor * values[outer]));
    }
    return;
  }
  for (int outer = 0; outer < shape.outer; ++outer, values += inner, x += outerStride) {
    for (ptrdiff_t i = 0; i < inner; ++i) x[i] = static_cast<float>(factor * values[i]);
    // Double the copied part until it is complete, because copying a few floats takes as long as copying hundreds.
    for (ptrdiff_t copied = inner; copied < outerStride;) {
      const ptrdiff_t size = std::min(copied, outerStride - copied);
      std::memcpy(x + copied, x, static_cast<size_t>(size) * sizeof(float));
      copied += size;
    }
  }
}

void unsortedSegmentSum(const float* x, const int* segments, int items, int itemSize, int segmentCount, float* sums) {
  std::fill_n(sums, ptrdiff_t{segmentCount} * itemSize, 0.0f);
  for (int i = 0; i < items; ++i, x += itemSize) {
    if (segments[i] < 0 || segments[i] >= segmentCount) continue;
    float* const sum = sums + ptrdiff_t{segments[i]} * itemSize;
    for (int j = 0; j < itemSize; ++j) sum[j] += x[j];
  }
}

}  // namespace depthwise
