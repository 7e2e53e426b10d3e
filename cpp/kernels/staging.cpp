#include "staging.h"

#include <algorithm>
#include <cstring>

#include "../simd/f32x4.h"

namespace depthwise {
namespace {

/// Channels the other way round than lanes (NCHW): plane by plane, so that reads are in order.
void stagePlanes(const float* from, PixelStrides strides, int channels, int multiplier, int pixels, float* to,
                 size_t pitch) {
  for (int c = 0; c < channels; ++c) {
    const float* plane = from + static_cast<size_t>(c) * strides.channel;
    float* lane = to + c * multiplier;
    for (int i = 0; i < pixels; ++i)
      std::fill_n(lane + static_cast<size_t>(i) * pitch, multiplier, plane[static_cast<size_t>(i) * strides.column]);
  }
}

void expandPixel(const float* from, int channels, int multiplier, float* to) {
  if (multiplier == 1) {
    std::memcpy(to, from, static_cast<size_t>(channels) * sizeof(float));
    return;
  }
  int c = 0;
  if (multiplier == 2) {
    for (; c + 4 <= channels; c += 4) {
      const f32x4 four = load(from + c);
      store(to + 2 * c, twiceLow(four));
      store(to + 2 * c + 4, twiceHigh(four));
    }
  }
  for (; c < channels; ++c) std::fill_n(to + c * multiplier, multiplier, from[c]);
}

void foldPixel(const float* from, int channels, int multiplier, float* to) {
  if (multiplier == 1) {
    std::memcpy(to, from, static_cast<size_t>(channels) * sizeof(float));
    return;
  }
  int c = 0;
  if (multiplier == 2) {
    for (; c + 4 <= channels; c += 4) {
      const f32x4 a = load(from + 2 * c), b = load(from + 2 * c + 4);
      store(to + c, add(evens(a, b), odds(a, b)));
    }
  }
  for (; c < channels; ++c) {
    float sum = from[c * multiplier];
    for (int m = 1; m < multiplier; ++m) sum += from[c * multiplier + m];
    to[c] = sum;
  }
}

}  // namespace

void stagePixels(const float* from, PixelStrides strides, int channels, int multiplier, int pixels, float* to,
                 size_t pitch) {
  const int lanes = channels * multiplier, spare = wholeLanes(lanes) - lanes;
  if (strides.channel != 1) stagePlanes(from, strides, channels, multiplier, pixels, to, pitch);
  for (int i = 0; i < pixels; ++i) {
    float* pixel = to + static_cast<size_t>(i) * pitch;
    if (strides.channel == 1) expandPixel(from + static_cast<size_t>(i) * strides.column, channels, multiplier, pixel);
    std::fill_n(pixel + lanes, spare, 0.0f);
  }
}

void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to,
                PixelStrides strides) {
  if (strides.channel == 1) {
    for (size_t i = 0; i < static_cast<size_t>(pixels); ++i) {
      foldPixel(from + i * pitch, channels, multiplier, to + i * strides.column);
    }
    return;
  }
  for (int c = 0; c < channels; ++c) {
    float* plane = to + static_cast<size_t>(c) * strides.channel;
    for (size_t i = 0; i < static_cast<size_t>(pixels); ++i) {
      foldPixel(from + i * pitch + c * multiplier, 1, multiplier, plane + i * strides.column);
    }
  }
}

void stageFilter(const float* from, int lanes, int taps, float* to, size_t pitch) {
  stagePixels(from, {static_cast<size_t>(lanes), 1}, lanes, 1, taps, to, pitch);
}

}  // namespace depthwise
