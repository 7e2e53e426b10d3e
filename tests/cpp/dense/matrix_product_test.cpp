#include "dense/matrix_product.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "nn/activation.h"
#include "support/allocation_failures.h"
#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/passes.h"
#include "support/random.h"

namespace depthwise {
namespace {

int64_t sizeOfA(const MatrixProduct& p) { return int64_t{p.repeatA ? 1 : p.batch} * p.rows * p.terms; }
int64_t sizeOfB(const MatrixProduct& p) { return int64_t{p.repeatB ? 1 : p.batch} * p.terms * p.columns; }
int64_t sizeOfY(const MatrixProduct& p) { return int64_t{p.batch} * p.rows * p.columns; }

std::string description(const MatrixProduct& p) {
  const auto text = [](int n) { return std::to_string(n) + " "; };
  return text(p.batch) + text(p.rows) + text(p.terms) + text(p.columns) + (p.transposeA ? "aT " : "a ") +
         (p.transposeB ? "bT" : "b") + (p.repeatA ? " one a" : "") + (p.repeatB ? " one b" : "");
}

/// The inputs of a product. a begins `shift` floats after the start of a cache line.
struct Matrices {
  Matrices(const MatrixProduct& p, Random& random, Values values, int shift = 0)
      : a(sizeOfA(p), shift), b(sizeOfB(p), shift + 3) {
    fill(a, random, values);
    fill(b, random, values);
  }

  GuardedTensor a, b;
};

/// The definition, in float64 and in plain loops.
oracle::Sums definition(const MatrixProduct& p, const Matrices& m) {
  oracle::Sums y(sizeOfY(p));
  for (int64_t i = 0; i < p.batch; ++i) {
    for (int64_t row = 0; row < p.rows; ++row) {
      for (int64_t column = 0; column < p.columns; ++column) {
        for (int64_t term = 0; term < p.terms; ++term) {
          const int64_t a =
              (p.repeatA ? 0 : i) * p.rows * p.terms + (p.transposeA ? term * p.rows + row : row * p.terms + term);
          const int64_t b = (p.repeatB ? 0 : i) * p.terms * p.columns +
                            (p.transposeB ? column * p.terms + term : term * p.columns + column);
          y.add(static_cast<size_t>((i * p.rows + row) * p.columns + column),
                double{m.a[static_cast<size_t>(a)]} * double{m.b[static_cast<size_t>(b)]});
        }
      }
    }
  }
  return y;
}

/// Compares a product with the definition. Returns the first difference, or "".
std::string wrongProduct(const MatrixProduct& p, Random& random, Values values) {
  const Matrices m(p, random, values, random.within(0, 15));
  GuardedTensor y(sizeOfY(p), random.within(0, 15));
  if (!matrixProduct(p, m.a.data(), m.b.data(), {}, y.data())) return "out of memory";
  for (const GuardedTensor* tensor : {&std::as_const(y), &m.a, &m.b}) {
    if (!tensor->guardsAreIntact()) return "a guard was written over";
  }
  return difference("y", y.values(), definition(p, m), values == Values::kFractions ? p.terms : 0);
}

constexpr std::array<Values, 3> kAllValues{Values::kIntegers, Values::kFractions, Values::kSpecials};

/// Checks a product with each transposition. Integers must be exact; NaN and infinities must be where the definition
/// has them.
void checkProducts(MatrixProduct p, Random& random) {
  for (const bool transposeA : {false, true}) {
    for (const bool transposeB : {false, true}) {
      p.transposeA = transposeA;
      p.transposeB = transposeB;
      INFO(description(p));
      for (const Values values : kAllValues) CHECK(wrongProduct(p, random, values) == "");
    }
  }
}

TEST_CASE("Matrix product: any size") {
  Random random(1);
  for (const int rows : {1, 2, 3, 4, 5, 7, 8, 33}) {
    for (const int terms : {0, 1, 2, 3, 4, 5, 9, 30}) {
      for (const int columns : {1, 2, 3, 4, 5, 7, 8, 9, 12, 33}) {
        checkProducts({.batch = 1, .rows = rows, .terms = terms, .columns = columns}, random);
      }
    }
  }
}

TEST_CASE("Matrix product: more rows, terms and columns than a block or a range") {
  Random random(2);
  for (const MatrixProduct& p : {
           MatrixProduct{.batch = 1, .rows = 66, .terms = 5, .columns = 260},
           MatrixProduct{.batch = 1, .rows = 67, .terms = 257, .columns = 6},
           MatrixProduct{.batch = 1, .rows = 35, .terms = 515, .columns = 66},
           MatrixProduct{.batch = 1, .rows = 3, .terms = 300, .columns = 530},
           MatrixProduct{.batch = 1, .rows = 1, .terms = 9, .columns = 4099},
           MatrixProduct{.batch = 1, .rows = 2, .terms = 7, .columns = 2050},
           MatrixProduct{.batch = 1, .rows = 1000, .terms = 3, .columns = 1},
       }) {
    checkProducts(p, random);
  }
}

TEST_CASE("Matrix product: batches, in which a or b may be the same for all products") {
  Random random(3);
  for (const int batch : {0, 1, 2, 3}) {
    for (const bool repeatA : {false, true}) {
      for (const bool repeatB : {false, true}) {
        for (const auto& [rows, terms, columns] :
             {std::array{3, 5, 8}, {1, 6, 7}, {2, 6, 7}, {7, 6, 1}, {5, 0, 3}, {0, 4, 3}, {4, 3, 0}, {34, 70, 68}}) {
          checkProducts({.batch = batch,
                         .rows = rows,
                         .terms = terms,
                         .columns = columns,
                         .repeatA = repeatA,
                         .repeatB = repeatB},
                        random);
        }
      }
    }
  }
}

TEST_CASE("Matrix product: random sizes") {
  Random random(4);
  const auto size = [&] { return random.within(1, random.oneIn(4) ? 300 : 20); };
  for (int i = 0; i < 200; ++i) {
    const MatrixProduct p{.batch = random.within(1, 3),
                          .rows = size(),
                          .terms = size(),
                          .columns = size(),
                          .transposeA = random.oneIn(2),
                          .transposeB = random.oneIn(2),
                          .repeatA = random.oneIn(3),
                          .repeatB = random.oneIn(3)};
    if (sizeOfY(p) * p.terms > 2'000'000) continue;
    INFO(description(p));
    CHECK(wrongProduct(p, random, random.oneOf(kAllValues)) == "");
  }
}

TEST_CASE("Matrix product: each output gets the epilogue once") {
  Random random(5);
  for (MatrixProduct p : {MatrixProduct{.batch = 2, .rows = 35, .terms = 270, .columns = 262},
                          MatrixProduct{.batch = 2, .rows = 6, .terms = 3, .columns = 7, .repeatB = true},
                          MatrixProduct{.batch = 2, .rows = 1, .terms = 9, .columns = 11},
                          MatrixProduct{.batch = 2, .rows = 9, .terms = 5, .columns = 1},
                          MatrixProduct{.batch = 2, .rows = 3, .terms = 0, .columns = 5}}) {
    for (const bool transposeA : {false, true}) {
      p.transposeA = transposeA;
      INFO(description(p));
      const Matrices m(p, random, Values::kFractions);
      GuardedTensor bias(p.columns), slopes(p.columns), y(sizeOfY(p)), expected(sizeOfY(p));
      for (GuardedTensor* tensor : {&bias, &slopes}) fill(*tensor, random, Values::kFractions);
      for (const Activation activation : {Activation::kLinear, Activation::kRelu6, Activation::kLeakyRelu,
                                          Activation::kPrelu, Activation::kSigmoid}) {
        for (const float* biasOrNull : {static_cast<const float*>(nullptr), std::as_const(bias).data()}) {
          INFO(int(activation));
          const Epilogue epilogue{biasOrNull, activation, 0.1f, slopes.data()};
          REQUIRE(matrixProduct(p, m.a.data(), m.b.data(), epilogue, y.data()));
          REQUIRE(matrixProduct(p, m.a.data(), m.b.data(), {}, expected.data()));
          applyEpilogue(epilogue, expected.data(), p.columns, p.batch * p.rows, p.columns);
          CHECK(y.guardsAreIntact());
          CHECK(bitDifference(y.values(), expected.values()) == "");
        }
      }
    }
  }
}

TEST_CASE("Matrix product: equal inputs give equal bits, wherever the matrices are") {
  Random random(6);
  for (const MatrixProduct& p : {MatrixProduct{.batch = 1, .rows = 37, .terms = 300, .columns = 77},
                                 MatrixProduct{.batch = 1, .rows = 1, .terms = 300, .columns = 77}}) {
    const Matrices m(p, random, Values::kFractions);
    GuardedTensor a(sizeOfA(p), 7), b(sizeOfB(p), 2), y(sizeOfY(p)), again(sizeOfY(p), 5);
    std::copy(m.a.values().begin(), m.a.values().end(), a.values().begin());
    std::copy(m.b.values().begin(), m.b.values().end(), b.values().begin());
    REQUIRE(matrixProduct(p, m.a.data(), m.b.data(), {}, y.data()));
    REQUIRE(matrixProduct(p, a.data(), b.data(), {}, again.data()));
    CHECK(bitDifference(y.values(), again.values()) == "");
  }
}

TEST_CASE("Matrix product: an empty result needs no memory, whatever the other sizes are") {
  for (const MatrixProduct& p : {MatrixProduct{.batch = 0, .rows = 1 << 30, .terms = 1 << 30, .columns = 1 << 30},
                                 MatrixProduct{.batch = 1 << 30, .rows = 0, .terms = 1 << 30, .columns = 1 << 30},
                                 MatrixProduct{.batch = 1 << 30, .rows = 1 << 30, .terms = 1, .columns = 0}}) {
    allocatesNothing([&] { CHECK(matrixProduct(p, nullptr, nullptr, {}, nullptr)); });
  }
}

TEST_CASE("Matrix product: a failed allocation leaves y unwritten") {
  Random random(7);
  for (const bool transposes : {false, true}) {
    const MatrixProduct p{
        .batch = 2, .rows = 70, .terms = 9, .columns = 13, .transposeA = transposes, .transposeB = transposes};
    const Matrices m(p, random, Values::kFractions);
    GuardedTensor y(sizeOfY(p), 1);
    CHECK(failEachAllocation({y.values()}, [&] {
            return bool(matrixProduct(p, m.a.data(), m.b.data(), {}, y.data()));
          }) >= (transposes ? 2 : 1));
  }
}

}  // namespace
}  // namespace depthwise
