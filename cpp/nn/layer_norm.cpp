#include "nn/layer_norm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/vector_loop.h"
#include "parallel/parallel.h"

namespace depthwise {
namespace {

float sumOfLanes(f32x4 values) {
  float lanes[4];
  store(lanes, values);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

/// Returns the values, with 0 in the lanes that a vector does not load.
DEPTHWISE_INLINE f32x4 lanesOf(FullVector, f32x4 values) { return values; }
DEPTHWISE_INLINE f32x4 lanesOf(LastVector vector, f32x4 values) {
  float lanes[4] = {};
  vector.store(lanes, values);
  return load(lanes);
}

/// Returns `Count` sums over each of `Rows` rows of `size` floats, those of a row together. termsAt(vector, offset,
/// row) returns the terms of a vector. Blocks of 256 floats are summed in float32 and the blocks in float64. A sum
/// therefore has at most 66 float32 roundings, whatever its length.
template <int Rows, int Count, class TermsAt>
DEPTHWISE_INLINE std::array<double, size_t{Rows * Count}> sumsOfRows(ptrdiff_t size, const TermsAt& termsAt) {
  constexpr ptrdiff_t kBlock = 256;
  std::array<double, size_t{Rows * Count}> totals{};
  for (ptrdiff_t begin = 0; begin < size; begin += kBlock) {
    f32x4 sums[Rows * Count];
    unroll<Rows * Count>([&](auto i) { sums[i] = splat(0); });
    forEachVector<LastVector>(std::min(kBlock, size - begin), [&](auto vector, ptrdiff_t at) {
      unroll<Rows>([&](auto row) {
        const std::array<f32x4, Count> terms = termsAt(vector, begin + at, row);
        unroll<Count>([&](auto i) {
          constexpr int index = row * Count + i;
          sums[index] = add(sums[index], lanesOf(vector, terms[i]));
        });
      });
    });
    unroll<Rows * Count>([&](auto i) { totals[i] += sumOfLanes(sums[i]); });
  }
  return totals;
}

/// −mean of each of `Rows` rows in all lanes, and 1 / √(variance + epsilon).
template <int Rows>
struct RowMoments {
  f32x4 minusMean[Rows];
  float r[Rows];

  DEPTHWISE_INLINE RowMoments(const LayerNorm& norm, const float* const (&x)[Rows]) {
    const auto sums = sumsOfRows<Rows, 1>(
        norm.size, [&](auto vector, ptrdiff_t at, auto row) { return std::array{vector.load(x[row] + at)}; });
    unroll<Rows>([&](auto row) { minusMean[row] = splat(static_cast<float>(-sums[row] / norm.size)); });
    const auto squares = sumsOfRows<Rows, 1>(norm.size, [&](auto vector, ptrdiff_t at, auto row) {
      const f32x4 centered = add(vector.load(x[row] + at), minusMean[row]);
      return std::array{mul(centered, centered)};
    });
    unroll<Rows>(
        [&](auto row) { r[row] = static_cast<float>(1 / std::sqrt(squares[row] / norm.size + double{norm.epsilon})); });
  }
};

// Several rows are computed together, because the moments of one row take longer than all products with them: most
// operations wait for one another. The rows are far apart. So the rows of one group and those of the next one are
// adjacent, and the processor reads them ahead.

template <int Rows>
void normalizeRows(const LayerNorm& norm, const float* const (&x)[Rows], float* const (&y)[Rows]) {
  const RowMoments<Rows> moments(norm, x);
  f32x4 r[Rows];
  unroll<Rows>([&](auto row) { r[row] = splat(moments.r[row]); });
  forEachVector<LastVector>(ptrdiff_t{norm.size}, [&](auto vector, ptrdiff_t at) {
    const f32x4 scale = norm.scale ? vector.load(norm.scale + at) : splat(1);
    const f32x4 offset = norm.offset ? vector.load(norm.offset + at) : splat(0);
    unroll<Rows>([&](auto row) {
      const f32x4 z = mul(add(vector.load(x[row] + at), moments.minusMean[row]), r[row]);
      vector.store(y[row] + at, add(mul(z, scale), offset));
    });
  });
}

/// Returns the work for the number of tensors that are read and written. Each row is read three times.
Work workOf(const LayerNorm& norm, int tensors) {
  return workOfBytes((tensors + 2) * double{sizeof(float)} * norm.rows * norm.size);
}

/// Computes dx of `Rows` rows, and adds their dy·z and dy to dScale and dOffset.
template <int Rows>
void differentiateRows(const LayerNorm& norm, const float* const (&x)[Rows], const float* const (&dy)[Rows],
                       float* const (&dx)[Rows], float* dScale, float* dOffset) {
  const RowMoments<Rows> moments(norm, x);
  const auto scaleAt = [&](auto vector, ptrdiff_t at) { return norm.scale ? vector.load(norm.scale + at) : splat(1); };
  const auto centeredAt = [&](auto vector, ptrdiff_t at, auto row) {
    return add(vector.load(x[row] + at), moments.minusMean[row]);
  };
  const auto sums = sumsOfRows<Rows, 2>(norm.size, [&](auto vector, ptrdiff_t at, auto row) {
    const f32x4 g = mul(vector.load(dy[row] + at), scaleAt(vector, at));
    return std::array{g, mul(g, centeredAt(vector, at, row))};
  });
  // dx = r·g + factor·(x − mean) + constant
  f32x4 r[Rows], factor[Rows], constant[Rows];
  unroll<Rows>([&](auto row) {
    const double rOfRow = moments.r[row], perElement = -rOfRow / norm.size;
    r[row] = splat(moments.r[row]);
    factor[row] = splat(static_cast<float>(perElement * rOfRow * rOfRow * sums[2 * row + 1]));
    constant[row] = splat(static_cast<float>(perElement * sums[2 * row]));
  });
  forEachVector<LastVector>(ptrdiff_t{norm.size}, [&](auto vector, ptrdiff_t at) {
    const f32x4 scale = scaleAt(vector, at);
    f32x4 scales = vector.load(dScale + at), offsets = vector.load(dOffset + at);
    unroll<Rows>([&](auto row) {
      const f32x4 gradient = vector.load(dy[row] + at), centered = centeredAt(vector, at, row);
      const f32x4 rGradient = mul(gradient, r[row]);
      vector.store(dx[row] + at, add(add(mul(rGradient, scale), mul(centered, factor[row])), constant[row]));
      scales = add(scales, mul(rGradient, centered));
      offsets = add(offsets, gradient);
    });
    vector.store(dScale + at, scales);
    vector.store(dOffset + at, offsets);
  });
}

}  // namespace

void layerNorm(const LayerNorm& norm, const float* x, float* y) {
  constexpr int kRows = 4;
  const int groups = (norm.rows + kRows - 1) / kRows;
  static_cast<void>(parallelFor(groups, 1, workOf(norm, 2), [norm, groups, x, y](ptrdiff_t first, ptrdiff_t end) {
    for (ptrdiff_t group = first; group < end; ++group) {
      const float* xs[kRows];
      float* ys[kRows];
      for (int i = 0; i < kRows; ++i) {
        // The last row may be computed several times.
        const ptrdiff_t at = std::min<ptrdiff_t>(group + i * groups, norm.rows - 1) * norm.size;
        xs[i] = x + at;
        ys[i] = y + at;
      }
      normalizeRows(norm, xs, ys);
    }
    return Status{};
  }));
}

Status layerNormGradient(const LayerNorm& norm, const float* x, const float* dy, const LayerNormGradients& gradients) {
  constexpr int kBlockGroups = 32;
  const ptrdiff_t size = norm.size;
  const int groups = (norm.rows + 1) / 2, blocks = (groups + kBlockGroups - 1) / kBlockGroups;
  // Sums of dy·z and dy: in float32 within a block of 64 rows, in float64 over the blocks. Chunks of at least four
  // blocks may run on several threads. If the number of rows is odd, one of them is computed together with a row whose
  // dy is 0.
  const int chunks = std::clamp(blocks / 4, 1, kMaxParts);
  Buffer<float> block(2 * size * chunks), zeros(size), unused(size);
  Buffer<double> sums(2 * size * chunks);
  for (const Status status : {block.status(), zeros.status(), unused.status(), sums.status()}) {
    if (!status) return status;
  }
  std::fill_n(zeros.data(), size, 0.0f);
  const auto computeChunk = [&](ptrdiff_t chunk) {
    const auto firstOf = [=](ptrdiff_t index) {
      return std::min<ptrdiff_t>(groups, blocks * index / chunks * kBlockGroups);
    };
    float* const dScale = block.data() + 2 * size * chunk;
    double* const totals = sums.data() + 2 * size * chunk;
    std::fill_n(dScale, 2 * size, 0.0f);
    std::fill_n(totals, 2 * size, 0.0);
    const ptrdiff_t end = firstOf(chunk + 1);
    for (ptrdiff_t group = firstOf(chunk); group < end; ++group) {
      const bool hasTwo = group + groups < norm.rows;
      const ptrdiff_t at = group * size, other = hasTwo ? at + groups * size : at;
      differentiateRows<2>(norm, {x + at, x + other}, {dy + at, hasTwo ? dy + other : zeros.data()},
                           {gradients.dx + at, hasTwo ? gradients.dx + other : unused.data()}, dScale, dScale + size);
      if ((group + 1) % kBlockGroups != 0 && group + 1 < end) continue;
      for (ptrdiff_t i = 0; i < 2 * size; ++i) {
        totals[i] += dScale[i];
        dScale[i] = 0;
      }
    }
  };
  static_cast<void>(parallelFor(chunks, 1, workOf(norm, 3), [&](ptrdiff_t first, ptrdiff_t end) {
    for (ptrdiff_t chunk = first; chunk < end; ++chunk) computeChunk(chunk);
    return Status{};
  }));
  for (ptrdiff_t chunk = 1; chunk < chunks; ++chunk) {
    for (ptrdiff_t i = 0; i < 2 * size; ++i) sums[i] += sums[2 * size * chunk + i];
  }
  for (ptrdiff_t i = 0; i < size; ++i) {
    if (gradients.dScale) gradients.dScale[i] = static_cast<float>(sums[i]);
    if (gradients.dOffset) gradients.dOffset[i] = static_cast<float>(sums[size + i]);
  }
  return {};
}

}  // namespace depthwise
