#include "layer/initializers.h"

#include <algorithm>
#include <cmath>

#include "layer/orthogonal.h"
#include "layer/random.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;

double product(std::span<const int32_t> sizes) {
  double all = 1;
  for (const int32_t size : sizes) all *= size;
  return all;
}

template <class Draw>
Status fill(std::span<float> out, Draw&& draw) {
  for (float& value : out) value = static_cast<float>(draw());
  return {};
}

Status fillIdentity(double gain, std::span<const int32_t> shape, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.f);
  for (size_t i = 0; i < out.size(); i += static_cast<size_t>(shape[0]) + 1) out[i] = static_cast<float>(gain);
  return {};
}

Status scaleVariance(const Initializer& initializer, Fans fans, RandomGenerator& random, std::span<float> out) {
  const double fan = initializer.mode == Initializer::FanMode::kFanIn    ? fans.in
                     : initializer.mode == Initializer::FanMode::kFanOut ? fans.out
                                                                         : (fans.in + fans.out) / 2;
  const double variance = initializer.scale / fan;
  switch (initializer.distribution) {
    case Initializer::Distribution::kTruncatedNormal: {
      const double deviation = std::sqrt(variance) / kTruncatedDeviation;
      return fill(out, [&] { return deviation * random.truncatedNormal(); });
    }
    case Initializer::Distribution::kUntruncatedNormal: {
      const double deviation = std::sqrt(variance);
      return fill(out, [&] { return deviation * random.normal(); });
    }
    case Initializer::Distribution::kUniform: {
      const float limit = static_cast<float>(std::sqrt(3 * variance));
      return fill(out, [&] { return random.uniform(-limit, limit); });
    }
  }
  return {};
}

}  // namespace

Fans fansOf(std::span<const int32_t> shape) {
  if (shape.empty()) return {1, 1};
  const double last = shape.back();
  if (shape.size() == 1) return {last, last};
  const double positions = product(shape.first(shape.size() - 2));
  return {positions * shape[shape.size() - 2], positions * last};
}

Status initialize(const Initializer& initializer, std::span<const int32_t> shape, uint64_t entropy, float* out) {
  const std::span<float> all(out, static_cast<size_t>(product(shape)));
  RandomGenerator random(initializer.seed ? static_cast<uint64_t>(static_cast<int64_t>(*initializer.seed)) : entropy);
  switch (initializer.kind) {
    case Kind::kZeros:
      return fill(all, [] { return 0; });
    case Kind::kOnes:
      return fill(all, [] { return 1; });
    case Kind::kConstant:
      return fill(all, [&] { return initializer.value; });
    case Kind::kRandomUniform: {
      const float low = static_cast<float>(initializer.minval), high = static_cast<float>(initializer.maxval);
      return fill(all, [&] { return random.uniform(low, high); });
    }
    case Kind::kRandomNormal:
      return fill(all, [&] { return initializer.mean + initializer.stddev * random.normal(); });
    case Kind::kTruncatedNormal:
      return fill(all, [&] { return initializer.mean + initializer.stddev * random.truncatedNormal(); });
    case Kind::kOrthogonal:
      return fillOrthogonal(random, all.size() / static_cast<size_t>(shape.back()), static_cast<size_t>(shape.back()),
                            initializer.gain, out);
    case Kind::kIdentity:
      return fillIdentity(initializer.gain, shape, all);
    default:
      return scaleVariance(initializer, fansOf(shape), random, all);
  }
}

}  // namespace depthwise
