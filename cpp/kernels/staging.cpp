#include "staging.h"

#include <algorithm>
#include <cstring>

#include "../simd/f32x4.h"

namespace depthwise {
namespace {

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

void stagePixels(const float* from, int channels, int multiplier, int pixels, float* to, size_t pitch) {
  if (multiplier == 1 && pitch == static_cast<size_t>(channels)) {
    std::memcpy(to, from, static_cast<size_t>(pixels) * pitch * sizeof(float));
    return;
  }
  for (; pixels > 0; --pixels, from += channels, to += pitch) expandPixel(from, channels, multiplier, to);
}

void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to) {
  for (; pixels > 0; --pixels, from += pitch, to += channels) foldPixel(from, channels, multiplier, to);
}

void stageFilter(const float* from, int lanes, int taps, float* to, size_t pitch) {
  stagePixels(from, lanes, 1, taps, to, pitch);
}

}  // namespace depthwise
