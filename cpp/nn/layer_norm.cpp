#include "nn/layer_norm.h"

#include <algorithm>
#include <cmath>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

float sumOfLanes(f32x4 values) {
  float lanes[4];
  store(lanes, values);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

/// Returns the sum of `termAt(vector, offset)` over a row. Blocks of 1024 floats are summed in float32, with four sums
/// of four lanes, and the blocks in float64. A sum therefore has at most 68 float32 roundings, whatever its length.
template <class TermAt>
double sumOfRow(ptrdiff_t size, const TermAt& termAt) {
  constexpr ptrdiff_t kBlock = 1024;
  double total = 0;
  for (ptrdiff_t begin = 0; begin < size; begin += kBlock) {
    const ptrdiff_t end = std::min(begin + kBlock, size);
    f32x4 sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    ptrdiff_t i = begin;
    for (; i + 16 <= end; i += 16) {
      unroll<4>([&](auto j) { sums[j] = add(sums[j], termAt(FullVector{}, i + 4 * j)); });
    }
    for (; i + 4 <= end; i += 4) sums[0] = add(sums[0], termAt(FullVector{}, i));
    total += sumOfLanes(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
    if (i == end) continue;
    const PartialVector rest{static_cast<int>(end - i)};
    float lanes[4] = {};
    rest.store(lanes, termAt(rest, i));
    for (int lane = 0; lane < rest.count; ++lane) total += lanes[lane];
  }
  return total;
}

/// −mean of a row in all lanes, and 1 / √(variance + epsilon).
struct RowMoments {
  f32x4 minusMean;
  float r;
};

RowMoments momentsOf(const float* x, int size, float epsilon) {
  const double mean = sumOfRow(size, [x](auto vector, ptrdiff_t at) { return vector.load(x + at); }) / size;
  const f32x4 minusMean = splat(static_cast<float>(-mean));
  const double variance = sumOfRow(size,
                                   [&](auto vector, ptrdiff_t at) {
                                     const f32x4 centered = add(vector.load(x + at), minusMean);
                                     return mul(centered, centered);
                                   }) /
                          size;
  return {minusMean, static_cast<float>(1 / std::sqrt(variance + double{epsilon}))};
}

}  // namespace

void layerNorm(const LayerNorm& norm, const float* x, float* y) {
  for (int row = 0; row < norm.rows; ++row, x += norm.size, y += norm.size) {
    const RowMoments moments = momentsOf(x, norm.size, norm.epsilon);
    const f32x4 r = splat(moments.r);
    forEachVector(ptrdiff_t{norm.size}, [&](auto vector, ptrdiff_t at) {
      f32x4 value = mul(add(vector.load(x + at), moments.minusMean), r);
      if (norm.scale) value = mul(value, vector.load(norm.scale + at));
      if (norm.offset) value = add(value, vector.load(norm.offset + at));
      vector.store(y + at, value);
    });
  }
}

Status layerNormGradient(const LayerNorm& norm, const float* x, const float* dy, const LayerNormGradients& gradients) {
  constexpr int kBlockRows = 64;
  const int size = norm.size;
  // Sums of dy·z and dy: in float32 within a block of rows, in float64 over the blocks.
  Buffer<float> blocks(int64_t{2} * size);
  Buffer<double> sums(int64_t{2} * size);
  for (const Status status : {blocks.status(), sums.status()}) {
    if (!status) return status;
  }
  std::fill_n(blocks.data(), ptrdiff_t{2} * size, 0.0f);
  std::fill_n(sums.data(), ptrdiff_t{2} * size, 0.0);
  float* const dScales = blocks.data();
  float* const dOffsets = blocks.data() + size;
  float* dx = gradients.dx;
  for (int row = 0; row < norm.rows; ++row, x += size, dy += size, dx += size) {
    const RowMoments moments = momentsOf(x, size, norm.epsilon);
    const f32x4 r = splat(moments.r);
    const auto normalized = [&](auto vector, ptrdiff_t at) {
      return mul(add(vector.load(x + at), moments.minusMean), r);
    };
    const auto scaled = [&](auto vector, ptrdiff_t at) {
      const f32x4 values = vector.load(dy + at);
      return norm.scale ? mul(values, vector.load(norm.scale + at)) : values;
    };
    const auto meanOf = [&](const auto& termAt) { return splat(static_cast<float>(-sumOfRow(size, termAt) / size)); };
    const f32x4 minusG = meanOf(scaled);
    const f32x4 minusGz =
        meanOf([&](auto vector, ptrdiff_t at) { return mul(scaled(vector, at), normalized(vector, at)); });
    forEachVector(ptrdiff_t{size}, [&](auto vector, ptrdiff_t at) {
      const f32x4 z = normalized(vector, at), values = vector.load(dy + at);
      vector.store(dx + at, mul(r, add(add(scaled(vector, at), minusG), mul(z, minusGz))));
      vector.store(dScales + at, add(vector.load(dScales + at), mul(values, z)));
      vector.store(dOffsets + at, add(vector.load(dOffsets + at), values));
    });
    if ((row + 1) % kBlockRows != 0 && row + 1 < norm.rows) continue;
    for (ptrdiff_t i = 0; i < ptrdiff_t{2} * size; ++i) {
      sums[i] += blocks[i];
      blocks[i] = 0;
    }
  }
  for (ptrdiff_t i = 0; i < size; ++i) {
    if (gradients.dScale) gradients.dScale[i] = static_cast<float>(sums[i]);
    if (gradients.dOffset) gradients.dOffset[i] = static_cast<float>(sums[size + i]);
  }
  return {};
}

}  // namespace depthwise
