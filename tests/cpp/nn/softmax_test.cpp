#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> soft(std::vector<float> row) {
  softmax(row.data(), 1, static_cast<int>(row.size()));
  return row;
}

std::vector<float> logSoft(std::vector<float> row) {
  logSoftmax(row.data(), 1, static_cast<int>(row.size()));
  return row;
}

TEST_CASE("Softmax: each row equals the definition, for any length") {
  Random random(1);
  for (const int length : {1, 2, 3, 8, 33}) {
    for (const int rows : {0, 1, 4}) {
      const size_t size = static_cast<size_t>(length);
      GuardedTensor soft(rows * length, 1), logarithm(rows * length, 2);
      for (size_t i = 0; i < soft.size(); ++i) soft[i] = logarithm[i] = 20 * random.unit() - 10;
      const std::vector<double> z(soft.values().begin(), soft.values().end());
      softmax(soft.data(), rows, length);
      logSoftmax(logarithm.data(), rows, length);
      bool right = soft.guardsAreIntact() && logarithm.guardsAreIntact();
      for (size_t i = 0; i < soft.size(); ++i) {
        double sum = 0;
        for (size_t k = i / size * size; k < i / size * size + size; ++k) sum += std::exp(z[k] - z[i]);
        right = right && std::abs(soft[i] * sum - 1) < 2e-7;
        right = right && std::abs(logarithm[i] + std::log(sum)) <= 1e-7 * std::log(sum);
      }
      INFO(rows << " rows of " << length);
      CHECK(right);
    }
  }
}

TEST_CASE("Softmax: very large numbers do not overflow, and very small exponentials become 0") {
  CHECK(soft({1e4f, 1e4f, -1e4f}) == std::vector<float>{0.5f, 0.5f, 0});
  CHECK(soft({-1e4f, -1e4f}) == std::vector<float>{0.5f, 0.5f});
  CHECK(soft({3e38f, -3e38f}) == std::vector<float>{1, 0});
  CHECK(soft({-kInfinity, 2}) == std::vector<float>{0, 1});
  CHECK(logSoft({1e4f, -1e4f}) == std::vector<float>{0, -2e4f});
  CHECK(logSoft({-kInfinity, 2}) == std::vector<float>{-kInfinity, 0});
  CHECK(logSoft({-1e4f, -1e4f})[0] == Approx(-std::log(2)));
}

TEST_CASE("Softmax: a NaN or +∞ affects its own row only") {
  for (const float special : {std::nanf(""), kInfinity}) {
    for (size_t place = 0; place < 3; ++place) {
      for (const auto function : {softmax, logSoftmax}) {
        std::vector<float> values{1, 2, 3, 1, 2, 3};
        values[place] = special;
        function(values.data(), 2, 3);
        if (std::isnan(special)) {
          for (size_t i = 0; i < 3; ++i) CHECK(std::isnan(values[i]));
        } else {
          CHECK(std::isnan(values[place]));
        }
        for (size_t i = 3; i < 6; ++i) CHECK(std::isfinite(values[i]));
      }
    }
  }
}

TEST_CASE("Softmax: gradients equal the definition, row by row") {
  // Σ_k dy_k ∂y_k/∂z_i with ∂y_k/∂z_i = y_k ((k = i) − y_i), and for the logarithm (k = i) − y_i.
  Random random(2);
  const size_t rows = 3, length = 7;
  std::vector<float> y(rows * length), dy(rows * length), soft(rows * length), logarithm(rows * length);
  for (float& value : y) value = 6 * random.unit() - 3;
  for (float& value : dy) value = 2 * random.unit() - 1;
  std::vector<float> logY = y;
  softmax(y.data(), rows, length);
  logSoftmax(logY.data(), rows, length);
  softmaxGradient(y.data(), dy.data(), soft.data(), rows, length);
  logSoftmaxGradient(logY.data(), dy.data(), logarithm.data(), rows, length);
  for (size_t i = 0; i < rows * length; ++i) {
    double ofSoft = 0, ofLogarithm = 0;
    for (size_t k = i / length * length; k < i / length * length + length; ++k) {
      ofSoft += dy[k] * double{y[k]} * ((k == i) - double{y[i]});
      ofLogarithm += dy[k] * ((k == i) - double{y[i]});
    }
    CHECK(soft[i] == Approx(ofSoft).margin(1e-7));
    CHECK(logarithm[i] == Approx(ofLogarithm).margin(1e-6));
  }
}

}  // namespace
}  // namespace depthwise
