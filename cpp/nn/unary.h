#pragma once

/// Elementwise functions of one tensor and their gradients. Activations of a convolution and of the layer are in
/// activation.h.
///
/// All tensors have `size` elements, and an output may be an input. A NaN gives NaN, and ±∞ give the limit,
/// except for gelu (see there). All variants and platforms give the same bits.
namespace depthwise {

/// Callers outside of C++ pass the numbers, so do not change the order.
enum class UnaryOp { kExp, kTanh, kErf, kSquareRoot, kReciprocalSquareRoot, kSwish, kGelu };

/// Computes y = f(x). The result has an error of at most 5 units in the last place (the square root: half a unit). Exp
/// gives subnormal numbers too.
///
/// Swish is x·sigmoid(x), with a relative error of at most 3e-7 + 8e-8·|x|, and 0 below −88.4. Gelu is x·Φ(x), where Φ
/// is the normal distribution function with an error of 2e-7: below −5.4, also for −∞, the result is not 0, but within
/// 2e-6 of it.
void unary(UnaryOp op, const float* x, int size, float* y);

/// Computes y = x for x > 0, else slope·x.
void leakyRelu(const float* x, int size, float slope, float* y);

/// Computes y = x^exponent as std::pow does, with an error of at most 5 units in the last place. The
/// exponent is ½, -½, -1½ or a whole number from -3 to 4 except 0.
void power(const float* x, int size, double exponent, float* y);

/// The gradients of functions f(x) = y: dx = f′·dy. Callers outside of C++ pass the numbers, so
/// do not change the order.
enum class UnaryGradient {
  kSigmoid,  ///< dy·y·(1 − y); reads y
  kTanh,     ///< dy·(1 − y)·(1 + y); reads y
  kElu,      ///< dy for y ≥ 0, else dy·(y + 1); reads y
  kErf,      ///< dy·2/√π·e^(−x²); reads x
  kGelu,     ///< dy·(Φ(x) + x·Φ′(x)); reads x
};

/// Computes dx from dy and from x or y.
void unaryGradient(UnaryGradient op, const float* xOrY, const float* dy, int size, float* dx);

/// Computes dx = dy·s·(1 + x·(1 − s)) with s = sigmoid(x), where y = swish(x): s is y / x. This takes half as long as
/// computing the exponential function again.
void swishGradient(const float* x, const float* y, const float* dy, int size, float* dx);

/// Computes the gradient of relu (slope = 0, max = ∞), relu6 (slope = 0, max = 6) and leakyRelu (max = ∞):
/// dx = dy for 0 < x ≤ max, slope·dy for x ≤ 0, and 0·dy for x > max.
void reluGradient(const float* x, const float* dy, int size, float slope, float max, float* dx);

}  // namespace depthwise
