#include "nn/binary.h"

#include <algorithm>
#include <cstddef>

#include "nn/parts.h"
#include "nn/vector_loop.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

/// Returns extreme(a, b), or NaN if a or b is NaN. max and min of f32x4.h return a if a is NaN.
template <class Extreme>
DEPTHWISE_INLINE f32x4 keepNaN(f32x4 a, f32x4 b, Extreme&& extreme) {
  return ifThenElse(isNaN(b), b, extreme(a, b));
}

template <BinaryOp op>
DEPTHWISE_INLINE f32x4 apply(f32x4 a, f32x4 b) {
  switch (op) {
    case BinaryOp::kAdd:
      return add(a, b);
    case BinaryOp::kSubtract:
      return subtract(a, b);
    case BinaryOp::kMultiply:
      return mul(a, b);
    case BinaryOp::kDivide:
      return divide(a, b);
    case BinaryOp::kSquaredDifference:
      return mul(subtract(a, b), subtract(a, b));
    case BinaryOp::kMaximum:
      return keepNaN(a, b, [](f32x4 a, f32x4 b) { return max(a, b); });
    case BinaryOp::kMinimum:
      return keepNaN(a, b, [](f32x4 a, f32x4 b) { return min(a, b); });
  }
}

using ComputeRow = void (*)(const float* a, const float* b, ptrdiff_t size, float* y);

/// PartialVector, because a row may be short: with LastVector, rows of 6 to 130 floats take up to 1.7 times as long.
template <BinaryOp op, Operands operands>
void computeRow(const float* a, const float* b, ptrdiff_t size, float* y) {
  constexpr int kUnroll = op <= BinaryOp::kDivide ? 4 : 1;  // the other ops are rare, so their code is short
  forEachElement<PartialVector, kUnroll, operands>(a, b, size, y, [](f32x4 a, f32x4 b) { return apply<op>(a, b); });
}

/// The functions of an op, in the order of Operands.
struct RowFunctions {
  ComputeRow functions[3];

  template <BinaryOp op>
  static constexpr RowFunctions of() {
    return {{computeRow<op, Operands::kVectors>, computeRow<op, Operands::kOneA>, computeRow<op, Operands::kOneB>}};
  }
};

/// In the order of BinaryOp.
constexpr RowFunctions kRowFunctions[] = {
    RowFunctions::of<BinaryOp::kAdd>(),
    RowFunctions::of<BinaryOp::kSubtract>(),
    RowFunctions::of<BinaryOp::kMultiply>(),
    RowFunctions::of<BinaryOp::kDivide>(),
    RowFunctions::of<BinaryOp::kSquaredDifference>(),
    RowFunctions::of<BinaryOp::kMaximum>(),
    RowFunctions::of<BinaryOp::kMinimum>(),
};

/// The distances between the elements of an operand along each axis; 0 for an axis that it does not have.
struct Strides {
  ptrdiff_t outer = 0, middle = 0, inner = 0;

  Strides(const BinaryShape& shape, unsigned axes) {
    ptrdiff_t size = 1;
    const auto strideOf = [&](unsigned axis, int extent) -> ptrdiff_t {
      if (!(axes & axis)) return 0;
      const ptrdiff_t stride = size;
      size *= extent;
      return stride;
    };
    inner = strideOf(BinaryShape::kInner, shape.inner);
    middle = strideOf(BinaryShape::kMiddle, shape.middle);
    outer = strideOf(BinaryShape::kOuter, shape.outer);
  }
};

/// A row of the shorter operand, copied several times if it is short: loops over short rows take most of their time to
/// start and to end.
class RepeatedRow {
 public:
  /// `values` is a row of `size` floats, of which at most `maxCount` copies are useful.
  RepeatedRow(const float* values, ptrdiff_t size, ptrdiff_t maxCount) {
    count_ = std::min(maxCount, std::max(ptrdiff_t{1}, kSize / size));
    values_ = count_ == 1 ? values : copies_;
    if (count_ == 1) return;
    for (ptrdiff_t i = 0; i < count_; ++i) std::copy_n(values, size, copies_ + i * size);
  }

  const float* values() const { return values_; }
  ptrdiff_t count() const { return count_; }

 private:
  static constexpr ptrdiff_t kSize = 256;

  float copies_[kSize];
  const float* values_;
  ptrdiff_t count_;
};

/// Computes binary on one thread.
void computeBinary(BinaryOp op, const BinaryShape& shape, const float* a, const float* b, float* y) {
  const ptrdiff_t size = shape.inner;
  if (size == 0 || shape.middle == 0) return;
  const Strides aStrides(shape, shape.aAxes), bStrides(shape, shape.bAxes);
  const bool isOneA = aStrides.inner == 0, isOneB = bStrides.inner == 0;
  const Operands operands = isOneA ? Operands::kOneA : isOneB ? Operands::kOneB : Operands::kVectors;
  const ComputeRow compute = kRowFunctions[int(op)].functions[int(operands)];
  const bool areRows = !isOneA && !isOneB;
  const bool isRowA = areRows && aStrides.middle == 0, isRowB = areRows && bStrides.middle == 0;
  for (ptrdiff_t outer = 0; outer < shape.outer; ++outer) {
    const float* aRow = a + outer * aStrides.outer;
    const float* bRow = b + outer * bStrides.outer;
    if (isRowA || isRowB) {
      const RepeatedRow repeated(isRowA ? aRow : bRow, size, shape.middle);
      for (ptrdiff_t middle = 0; middle < shape.middle; middle += repeated.count()) {
        const ptrdiff_t rowSize = std::min(repeated.count(), shape.middle - middle) * size;
        compute(isRowA ? repeated.values() : aRow, isRowB ? repeated.values() : bRow, rowSize, y);
        aRow += rowSize;
        bRow += rowSize;
        y += rowSize;
      }
      continue;
    }
    for (ptrdiff_t middle = 0; middle < shape.middle; ++middle, y += size) {
      compute(aRow, bRow, size, y);
      aRow += aStrides.middle;
      bRow += bStrides.middle;
    }
  }
}

}  // namespace

void binary(BinaryOp op, const BinaryShape& shape, const float* a, const float* b, float* y) {
  // Only operands of the same shape are divided: they are one row.
  const bool isOneRow = shape.outer == 1 && shape.middle == 1 && shape.aAxes == shape.bAxes;
  if (!isOneRow) return computeBinary(op, shape, a, b, y);
  forElements(shape.inner, 3, [=](ptrdiff_t first, int count) {
    BinaryShape part = shape;
    part.inner = count;
    computeBinary(op, part, a + first, b + first, y + first);
  });
}

}  // namespace depthwise
