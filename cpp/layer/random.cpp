#include "layer/random.h"

#include <bit>
#include <cmath>

#include "nn/elementary.h"

namespace depthwise {

RandomGenerator::RandomGenerator(uint64_t seed, uint64_t stream) : increment_(stream << 1 | 1) {
  next();
  state_ += seed;
  next();
}

uint32_t RandomGenerator::next() {
  const uint64_t old = state_;
  state_ = old * 6364136223846793005 + increment_;
  return std::rotr(static_cast<uint32_t>((old >> 18 ^ old) >> 27), static_cast<int>(old >> 59));
}

float RandomGenerator::uniform() { return static_cast<float>(next() >> 8) * 0x1p-24f; }

float RandomGenerator::uniform(float low, float high) {
  if (low == high) return low;
  for (;;) {
    const double fraction = next() * 0x1p-32;
    const float value = static_cast<float>(low + (double{high} - low) * fraction);
    if (value < high) return value;  // else it has been rounded up to high
  }
}

double RandomGenerator::normal() {
  if (hasSpare_) {
    hasSpare_ = false;
    return spare_;
  }
  for (;;) {
    const double x = next() * 0x1p-31 - 1, y = next() * 0x1p-31 - 1, square = x * x + y * y;
    if (square >= 1 || square == 0) continue;
    const double factor = std::sqrt(-2 * elementary::log(square) / square);
    spare_ = y * factor;
    hasSpare_ = true;
    return x * factor;
  }
}

double RandomGenerator::truncatedNormal() {
  for (;;) {
    const double value = normal();
    if (std::abs(value) < 2) return value;
  }
}

}  // namespace depthwise
