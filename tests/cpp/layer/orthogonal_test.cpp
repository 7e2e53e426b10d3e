#include "layer/orthogonal.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace depthwise {
namespace {

std::vector<float> orthogonal(size_t rows, size_t columns, double gain, uint64_t seed) {
  std::vector<float> matrix(rows * columns);
  RandomGenerator random(seed);
  REQUIRE(fillOrthogonal(random, rows, columns, gain, matrix.data()));
  return matrix;
}

/// How far QᵀQ, or QQᵀ where Q is wider than high, is from gain² times the unit matrix, at worst.
double defect(const std::vector<float>& matrix, size_t rows, size_t columns, double gain) {
  const bool tall = rows >= columns;
  const size_t count = tall ? columns : rows, length = tall ? rows : columns;
  double worst = 0;
  for (size_t a = 0; a < count; ++a) {
    for (size_t b = 0; b < count; ++b) {
      double sum = 0;
      for (size_t i = 0; i < length; ++i) {
        sum += tall ? double{matrix[i * columns + a]} * matrix[i * columns + b]
                    : double{matrix[a * columns + i]} * matrix[b * columns + i];
      }
      worst = std::max(worst, std::abs(sum - (a == b ? gain * gain : 0)));
    }
  }
  return worst;
}

TEST_CASE("orthogonal: columns, or rows of a wide matrix, are orthogonal and of length gain") {
  for (const auto& [rows, columns] : std::vector<std::pair<size_t, size_t>>{
           {1, 1}, {5, 1}, {1, 5}, {3, 3}, {27, 8}, {8, 27}, {64, 64}, {288, 2}, {9, 100}}) {
    for (const double gain : {1.0, 0.5, -2.0}) {
      INFO(rows << " by " << columns << ", gain " << gain);
      CHECK(defect(orthogonal(rows, columns, gain, 11), rows, columns, gain) < 1e-5);
    }
  }
}

TEST_CASE("orthogonal: a tall matrix and its wide mirror image come from the same numbers") {
  const std::vector<float> tall = orthogonal(7, 3, 1, 5), wide = orthogonal(3, 7, 1, 5);
  for (size_t row = 0; row < 7; ++row) {
    for (size_t column = 0; column < 3; ++column) CHECK(tall[row * 3 + column] == wide[column * 7 + row]);
  }
}

TEST_CASE("orthogonal: the first column points along the first column of normal numbers, not against it") {
  RandomGenerator random(13);
  const std::vector<float> matrix = orthogonal(6, 2, 1, 13);
  for (size_t row = 0; row < 6; ++row) {
    const double normal = random.normal();
    random.normal();
    CHECK((normal > 0) == (matrix[row * 2] > 0));
  }
}

TEST_CASE("orthogonal: matrices are uniform: no entry has a preferred sign or size") {
  // Every entry of a uniform orthogonal 3 by 3 matrix is uniform in [-1, 1]: mean 0, mean square 1/3, deviation of the
  // square √(4/45).
  constexpr int kMatrices = 20000;
  double sums[9] = {}, squares[9] = {};
  RandomGenerator random(17);
  for (int i = 0; i < kMatrices; ++i) {
    float matrix[9];
    REQUIRE(fillOrthogonal(random, 3, 3, 1, matrix));
    for (size_t k = 0; k < 9; ++k) {
      sums[k] += matrix[k];
      squares[k] += matrix[k] * matrix[k];
    }
  }
  for (size_t k = 0; k < 9; ++k) {
    INFO("entry " << k);
    CHECK(std::abs(sums[k] / kMatrices) < 4 * std::sqrt(1. / 3 / kMatrices));
    CHECK(std::abs(squares[k] / kMatrices - 1. / 3) < 4 * std::sqrt(4. / 45 / kMatrices));
  }
}

TEST_CASE("orthogonal: says how much memory it would have needed") {
  RandomGenerator random(1);
  const size_t rows = size_t{1} << sizeof(size_t) * 4, columns = rows / 4;
  // Nothing is written before the scratch has been had, so there need not be a matrix.
  const Status status = fillOrthogonal(random, rows, columns, 1, nullptr);
  CHECK_FALSE(status);
  CHECK(status.bytesWanted >= uint64_t{1} << 33);
}

}  // namespace
}  // namespace depthwise
