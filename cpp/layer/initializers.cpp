#include "layer/initializers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using Distribution = Initializer::Distribution;

double product(std::span<const int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), 1.0, std::multiplies<>());
}

template <class Draw>
void fill(std::span<float> out, Draw&& draw) {
  for (float& value : out) value = static_cast<float>(draw());
}

void fillIdentity(double gain, size_t rows, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.f);
  for (size_t i = 0; i < out.size(); i += rows + 1) out[i] = static_cast<float>(gain);
}

double fanOf(Initializer::FanMode mode, Fans fans) {
  switch (mode) {
    case Initializer::FanMode::kFanIn:
      return fans.in;
    case Initializer::FanMode::kFanOut:
      return fans.out;
    case Initializer::FanMode::kFanAvg:
      break;
  }
  return (fans.in + fans.out) / 2;
}

void fillScaled(const Initializer& initializer, Fans fans, RandomGenerator& random, std::span<float> out) {
  const double variance = initializer.scale / fanOf(initializer.mode, fans);
  switch (initializer.distribution) {
    case Distribution::kTruncatedNormal: {
      const double deviation = std::sqrt(variance) / kTruncatedDeviation;
      return fill(out, [&] { return deviation * random.truncatedNormal(); });
    }
    case Distribution::kUntruncatedNormal: {
      const double deviation = std::sqrt(variance);
      return fill(out, [&] { return deviation * random.normal(); });
    }
    case Distribution::kUniform: {
      const float limit = static_cast<float>(std::sqrt(3 * variance));
      return fill(out, [&] { return random.uniform(-limit, limit); });
    }
  }
}

double dot(const double* a, const double* b, size_t length) {
  double sum = 0;
  for (size_t i = 0; i < length; ++i) sum += a[i] * b[i];
  return sum;
}

/// Makes `count` vectors of `length` numbers orthogonal and of length 1, by the Gram-Schmidt process. Each vector is
/// processed twice: the first time leaves an error relative to the length that the vector had before; twice is enough
/// (L. Giraud, J. Langou, M. Rozložník, The loss of orthogonality in the Gram-Schmidt orthogonalization process, 2005).
/// Each result is a positive multiple of the remaining vector, so the diagonal of R is positive.
void orthonormalize(double* vectors, size_t count, size_t length) {
  for (size_t k = 0; k < count; ++k) {
    double* const vector = vectors + k * length;
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t other = 0; other < k; ++other) {
        const double* const unit = vectors + other * length;
        const double along = dot(vector, unit, length);
        for (size_t i = 0; i < length; ++i) vector[i] -= along * unit[i];
      }
    }
    const double norm = std::sqrt(dot(vector, vector, length));
    for (size_t i = 0; i < length; ++i) vector[i] /= norm;
  }
}

}  // namespace

Fans fansOf(std::span<const int64_t> shape) {
  if (shape.empty()) return {1, 1};
  const double last = static_cast<double>(shape.back());
  if (shape.size() == 1) return {last, last};
  const double positions = product(shape.first(shape.size() - 2));
  return {positions * static_cast<double>(shape[shape.size() - 2]), positions * last};
}

bool fits(Kind kind, std::span<const int64_t> shape) {
  if (kind == Kind::kIdentity) return shape.size() == 2 && shape[0] == shape[1];
  return kind != Kind::kOrthogonal || shape.size() >= 2;
}

Status initialize(const Initializer& initializer, std::span<const int64_t> shape, uint64_t seed, float* out) {
  const std::span<float> all(out, static_cast<size_t>(product(shape)));
  RandomGenerator random(initializer.seed ? static_cast<uint64_t>(*initializer.seed) : seed);
  switch (initializer.kind) {
    case Kind::kZeros:
      std::fill(all.begin(), all.end(), 0.f);
      break;
    case Kind::kOnes:
      std::fill(all.begin(), all.end(), 1.f);
      break;
    case Kind::kConstant:
      std::fill(all.begin(), all.end(), static_cast<float>(initializer.value));
      break;
    case Kind::kRandomUniform: {
      const float low = static_cast<float>(initializer.minval), high = static_cast<float>(initializer.maxval);
      fill(all, [&] { return random.uniform(low, high); });
      break;
    }
    case Kind::kRandomNormal:
      fill(all, [&] { return initializer.mean + initializer.stddev * random.normal(); });
      break;
    case Kind::kTruncatedNormal:
      fill(all, [&] { return initializer.mean + initializer.stddev * random.truncatedNormal(); });
      break;
    case Kind::kVarianceScaling:
      fillScaled(initializer, fansOf(shape), random, all);
      break;
    case Kind::kOrthogonal: {
      const size_t columns = static_cast<size_t>(shape.back());
      return fillOrthogonal(random, all.size() / columns, columns, initializer.gain, out);
    }
    case Kind::kIdentity:
      fillIdentity(initializer.gain, static_cast<size_t>(shape[0]), all);
      break;
  }
  return {};
}

Status fillOrthogonal(RandomGenerator& random, size_t rows, size_t columns, double gain, float* out) {
  const size_t length = std::max(rows, columns), count = std::min(rows, columns);
  Buffer<double> vectors(uint64_t{length} * count);
  if (const Status status = vectors.status(); !status) return status;
  for (size_t i = 0; i < length; ++i) {
    for (size_t k = 0; k < count; ++k) vectors[k * length + i] = random.normal();
  }
  orthonormalize(vectors.data(), count, length);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      const double value = rows >= columns ? vectors[column * length + row] : vectors[row * length + column];
      out[row * columns + column] = static_cast<float>(gain * value);
    }
  }
  return {};
}

}  // namespace depthwise
