#pragma once

/// Elementwise functions of two tensors that broadcast.
namespace depthwise {

/// Callers outside of C++ pass the numbers, so do not change the order.
enum class BinaryOp { kAdd, kSubtract, kMultiply, kDivide, kSquaredDifference, kMaximum, kMinimum };

/// The shape of the result, and the axes that the operands have. An operand without an axis is repeated along it. Each
/// axis belongs to one operand or to both. An operand has no gaps.
///
///     [N, H, W, C] and [C]           outer 1, middle N·H·W, inner C; b has inner only
///     [N, H, W, C] and [N, 1, 1, C]  outer N, middle H·W, inner C; b has outer and inner
///     [N, H, W, C] and [N, H, W, 1]  outer 1, middle N·H·W, inner C; b has middle only
struct BinaryShape {
  int outer, middle, inner;
  unsigned aAxes, bAxes;  ///< sums of kOuter, kMiddle and kInner

  static constexpr unsigned kOuter = 1, kMiddle = 2, kInner = 4;
};

/// Computes y = op(a, b) for each element of the result.
///
/// A maximum or minimum is NaN if an operand is NaN. y may be an operand that has all axes.
void binary(BinaryOp op, const BinaryShape& shape, const float* a, const float* b, float* y);

}  // namespace depthwise
