#include "nn/binary.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::array kOps{BinaryOp::kAdd,    BinaryOp::kSubtract,          BinaryOp::kMultiply,
                          BinaryOp::kDivide, BinaryOp::kSquaredDifference, BinaryOp::kMaximum,
                          BinaryOp::kMinimum};
constexpr unsigned kAll = BinaryShape::kOuter | BinaryShape::kMiddle | BinaryShape::kInner;

float defined(BinaryOp op, float a, float b) {
  switch (op) {
    case BinaryOp::kAdd:
      return a + b;
    case BinaryOp::kSubtract:
      return a - b;
    case BinaryOp::kMultiply:
      return a * b;
    case BinaryOp::kDivide:
      return a / b;
    case BinaryOp::kSquaredDifference:
      return (a - b) * (a - b);
    case BinaryOp::kMaximum:
      return std::isnan(a) || std::isnan(b) ? kNaN : a > b ? a : b;
    default:
      return std::isnan(a) || std::isnan(b) ? kNaN : a < b ? a : b;
  }
}

/// Returns the index in an operand of an element of the result.
size_t indexOf(const BinaryShape& shape, unsigned axes, int outer, int middle, int inner) {
  int index = 0;
  if (axes & BinaryShape::kOuter) index = outer;
  if (axes & BinaryShape::kMiddle) index = index * shape.middle + middle;
  if (axes & BinaryShape::kInner) index = index * shape.inner + inner;
  return static_cast<size_t>(index);
}

int64_t sizeOf(const BinaryShape& shape, unsigned axes) {
  return int64_t{axes & BinaryShape::kOuter ? shape.outer : 1} * (axes & BinaryShape::kMiddle ? shape.middle : 1) *
         (axes & BinaryShape::kInner ? shape.inner : 1);
}

float draw(Random& random) {
  constexpr std::array kSpecial{kNaN, -kInfinity, kInfinity, 0.0f, -0.0f, 1e-45f, 3e38f};
  return random.oneIn(8) ? random.oneOf(kSpecial) : 4 * random.unit() - 2;
}

TEST_CASE("Binary functions: every broadcast, any size, NaN and infinities") {
  Random random(1);
  for (int round = 0; round < 2500; ++round) {
    const BinaryOp op = random.oneOf(kOps);
    BinaryShape shape{random.within(0, 3), random.within(0, 5), random.within(0, 40), kAll, kAll};
    if (random.oneIn(4)) shape.middle = random.within(1, 150);
    if (random.oneIn(10)) shape.inner = random.within(200, 600);
    if (random.oneIn(4)) shape.outer = 1;
    // Each axis belongs to a, to b or to both.
    for (const unsigned axis : {BinaryShape::kOuter, BinaryShape::kMiddle, BinaryShape::kInner}) {
      const int owner = random.within(0, 2);
      if (owner == 0) shape.aAxes &= ~axis;
      if (owner == 1) shape.bAxes &= ~axis;
    }
    INFO("op " << static_cast<int>(op) << ", " << shape.outer << "×" << shape.middle << "×" << shape.inner << ", axes "
               << shape.aAxes << " and " << shape.bAxes);
    GuardedTensor a(sizeOf(shape, shape.aAxes), random.within(0, 15)),
        b(sizeOf(shape, shape.bAxes), random.within(0, 15)), y(sizeOf(shape, kAll), random.within(0, 15));
    for (float& value : a.values()) value = draw(random);
    for (float& value : b.values()) value = draw(random);
    std::vector<float> expected;
    for (int outer = 0; outer < shape.outer; ++outer) {
      for (int middle = 0; middle < shape.middle; ++middle) {
        for (int inner = 0; inner < shape.inner; ++inner) {
          expected.push_back(defined(op, a[indexOf(shape, shape.aAxes, outer, middle, inner)],
                                     b[indexOf(shape, shape.bAxes, outer, middle, inner)]));
        }
      }
    }
    binary(op, shape, a.data(), b.data(), y.data());
    REQUIRE(valueDifference(y.values(), expected) == "");
    for (const GuardedTensor* tensor : {&a, &b, &y}) REQUIRE(tensor->guardsAreIntact());
    if (shape.aAxes != kAll) continue;
    binary(op, shape, a.data(), b.data(), a.data());
    REQUIRE(valueDifference(a.values(), expected) == "");
  }
}

}  // namespace
}  // namespace depthwise
