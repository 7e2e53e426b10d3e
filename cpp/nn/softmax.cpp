#include <algorithm>
#include <span>

#include "nn/activation.h"
#include "nn/elementary.h"

namespace depthwise {
namespace {

/// The maximum of a row and Σ e^(z − max). Subtracting the maximum avoids overflow, and at least one term is 1.
struct ExponentialSum {
  double max, sum = 0;

  explicit ExponentialSum(std::span<const float> row) : max(*std::max_element(row.begin(), row.end())) {
    for (const float z : row) sum += elementary::exp(z - max);
  }
};

/// Calls `compute` with each row.
template <class Compute>
void forEachRow(float* values, int rows, int length, Compute&& compute) {
  for (; rows > 0; --rows, values += length) compute(std::span<float>(values, static_cast<size_t>(length)));
}

}  // namespace

void softmax(float* values, int rows, int length) {
  forEachRow(values, rows, length, [](std::span<float> row) {
    const ExponentialSum exponentials(row);
    for (float& z : row) z = static_cast<float>(elementary::exp(z - exponentials.max) / exponentials.sum);
  });
}

void logSoftmax(float* values, int rows, int length) {
  forEachRow(values, rows, length, [](std::span<float> row) {
    const ExponentialSum exponentials(row);
    const double logarithm = elementary::log(exponentials.sum);
    for (float& z : row) z = static_cast<float>(z - exponentials.max - logarithm);
  });
}

void softmaxGradient(const float* y, const float* dy, float* dz, int rows, int length) {
  for (; rows > 0; --rows, y += length, dy += length, dz += length) {
    double sum = 0;
    for (int i = 0; i < length; ++i) sum += double{y[i]} * dy[i];
    for (int i = 0; i < length; ++i) dz[i] = static_cast<float>(y[i] * (dy[i] - sum));
  }
}

void logSoftmaxGradient(const float* y, const float* dy, float* dz, int rows, int length) {
  for (; rows > 0; --rows, y += length, dy += length, dz += length) {
    double sum = 0;
    for (int i = 0; i < length; ++i) sum += dy[i];
    for (int i = 0; i < length; ++i) dz[i] = static_cast<float>(dy[i] - elementary::exp(double{y[i]}) * sum);
  }
}

}  // namespace depthwise
