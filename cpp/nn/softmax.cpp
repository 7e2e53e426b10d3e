#include <algorithm>
#include <span>

#include "nn/activation.h"
#include "nn/elementary.h"

namespace depthwise {
namespace {

/// The largest exponent becomes 0, so that nothing overflows and not all vanish.
struct Exponents {
  double largest, sum = 0;

  explicit Exponents(std::span<const float> row) : largest(*std::max_element(row.begin(), row.end())) {
    for (const float z : row) sum += elementary::exp(z - largest);
  }
};

template <class Use>
void forEachRow(float* values, size_t rows, int length, Use&& use) {
  const size_t size = static_cast<size_t>(length);
  for (size_t row = 0; row < rows; ++row) use(std::span(values + row * size, size));
}

}  // namespace

void softmax(float* values, size_t rows, int length) {
  forEachRow(values, rows, length, [](std::span<float> row) {
    const Exponents exponents(row);
    for (float& z : row) z = static_cast<float>(elementary::exp(z - exponents.largest) / exponents.sum);
  });
}

void logSoftmax(float* values, size_t rows, int length) {
  forEachRow(values, rows, length, [](std::span<float> row) {
    const Exponents exponents(row);
    const double logarithm = elementary::log(exponents.sum);
    for (float& z : row) z = static_cast<float>(z - exponents.largest - logarithm);
  });
}

void softmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length) {
  for (; rows > 0; --rows, y += length, dy += length, dz += length) {
    double sum = 0;
    for (int i = 0; i < length; ++i) sum += double{y[i]} * dy[i];
    for (int i = 0; i < length; ++i) dz[i] = static_cast<float>(y[i] * (dy[i] - sum));
  }
}

void logSoftmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length) {
  for (; rows > 0; --rows, y += length, dy += length, dz += length) {
    double sum = 0;
    for (int i = 0; i < length; ++i) sum += dy[i];
    for (int i = 0; i < length; ++i) dz[i] = static_cast<float>(dy[i] - elementary::exp(double{y[i]}) * sum);
  }
}

}  // namespace depthwise
