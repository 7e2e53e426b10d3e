#pragma once

#include <cstddef>

#include "dense/matrix_tile.h"
#include "simd/f32x4.h"

/// The output channels of one pixel, from a filter that is not packed: y[channel] = Σ_term x[term] ·
/// filter[term][channel].
///
/// For a few pixels, packing the filter would take longer than the convolution.
namespace depthwise {

/// Computes 4·Vectors channels.
template <int Vectors>
DEPTHWISE_INLINE void computeChannels(const float* x, const float* filter, ptrdiff_t filterStride,
                                      const TermSegments& segments, float* y) {
  f32x4 sums[Vectors];
  unroll<Vectors>([&](auto v) { sums[v] = splat(0); });
  for (const TermSegment& segment : segments) {
    const float* a = x + segment.left;
    const float* b = filter + segment.right;
    for (int terms = segment.count; terms > 0; --terms) {
      const f32x4 value = splat(*a++);
      unroll<Vectors>([&](auto v) { sums[v] = multiplyAdd(value, load(b + 4 * v), sums[v]); });
      b += filterStride;
    }
  }
  unroll<Vectors>([&](auto v) { store(y + 4 * v, sums[v]); });
}

/// Computes `channels` channels. The rows of the filter, one for each term, are `filterStride` floats apart.
[[gnu::noinline]] inline void computePixel(const float* x, const float* filter, ptrdiff_t filterStride,
                                           const TermSegments& segments, int channels, float* y) {
  int channel = 0;
  for (; channel + 16 <= channels; channel += 16) {
    computeChannels<4>(x, filter + channel, filterStride, segments, y + channel);
  }
  for (; channel + 4 <= channels; channel += 4) {
    computeChannels<1>(x, filter + channel, filterStride, segments, y + channel);
  }
  for (; channel < channels; ++channel) {
    float sum = 0;
    for (const TermSegment& segment : segments) {
      const float* const a = x + segment.left;
      const float* const b = filter + segment.right + channel;
      for (int term = 0; term < segment.count; ++term) sum += a[term] * b[term * filterStride];
    }
    y[channel] = sum;
  }
}

}  // namespace depthwise
