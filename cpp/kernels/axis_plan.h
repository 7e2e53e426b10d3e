#pragma once

#include <algorithm>
#include <cstdint>

#include "../geometry.h"

/// Along one axis, forward and the gradient of the input are the same thing. With g = gcd(stride, dilation), both fall
/// into phases of one form,
///
///     out[outFirst + q·outStep] += Σ_m in[inFirst + (q + m)·inStep] · filter[tapFirst + m·tapStep],
///
/// in which the window moves by one tap from an output to the next, as if stride and dilation were 1. Forward, with
/// stride 2 and five taps, is two phases:
///
///     in       0  1  2  3  4  5  6  7  8          in       0  1  2  3  4  5  6  7  8
///     out 0    k0    k2    k4                     out 0       k1    k3
///     out 1          k0    k2    k4               out 1             k1    k3
///
/// The gradient of the input swaps the roles of outStep and inStep and walks the taps backwards. Nothing here knows of
/// floats: the plan is integers, and one sweep (sweep.h) computes every phase.
namespace depthwise {

struct Phase {
  int64_t outFirst, outStep, outCount;
  int64_t inFirst, inStep;  ///< may lie outside of the axis: the borders are clipped by forEachRun
  int32_t tapFirst, tapStep;
  int32_t taps;  ///< 0: no tap reaches these outputs, they are zero
  bool opens;    ///< the first phase that writes its outputs; the others add to them
};

/// The taps of one output: input inFirst + m·inStep meets tap tapFirst + m·tapStep, m in [0, count). Inputs may lie
/// outside of the axis.
struct Taps {
  int64_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t count;
};

/// Those taps of an output row that meet a row of the input.
struct RowTaps {
  int32_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t count;
};

/// Mostly by 1, and a division takes longer than to look.
inline int64_t ceilDivide(int64_t a, int64_t b) { return b == 1 ? a : a / b + (a % b > 0); }

/// The m in [0, count) for which first + m·step lies in [0, size), as first and end. step > 0.
struct Range {
  int64_t first, end;
};
inline Range insideOf(int64_t size, int64_t first, int64_t step, int64_t count) {
  const int64_t from = std::min(count, std::max<int64_t>(0, ceilDivide(-first, step)));
  return {from, std::max(from, std::min(count, ceilDivide(size - first, step)))};
}

/// What is computed from what.
enum class Pass {
  kForward,        ///< y from x: output o of tap k reads o·stride + k·dilation − padBefore
  kInputGradient,  ///< dx from dy: input i gets from tap k the dy at (i + padBefore − k·dilation) / stride, where that
                   ///< is whole
};

/// An axis in one of the passes: its phases, and the taps of single outputs.
class AxisPlan {
 public:
  AxisPlan(const Axis& axis, Pass pass);

  int32_t inSize() const { return isForward() ? axis_.in : axis_.out; }
  int32_t outSize() const { return isForward() ? axis_.out : axis_.in; }
  int32_t taps() const { return axis_.taps; }

  /// The outputs of a phase are this far apart, and the inputs of one output.
  int64_t outStep() const { return outStep_; }
  int64_t inStep() const { return inStep_; }
  /// How far apart the inputs of one output are, and those that one tap meets in neighbouring outputs of a phase.
  int64_t tapDistance() const { return isForward() ? axis_.dilation : inStep_; }
  int64_t outputDistance() const { return isForward() ? axis_.stride : inStep_; }
  /// All inputs that so many neighbouring outputs read lie within so many.
  int64_t span(int64_t outputs) const;

  /// Those that write the same outputs follow each other.
  int64_t phaseCount() const;
  Phase phase(int64_t index) const;
  template <class Visit>
  void forEachPhase(Visit&& visit) const {
    for (int64_t i = 0; i < phaseCount(); ++i) visit(phase(i));
  }

  Taps tapsOf(int64_t output) const;
  RowTaps rowTaps(int32_t output) const;

 private:
  bool isForward() const { return pass_ == Pass::kForward; }
  /// Forward, phases that write the same outputs.
  int64_t phasesOfOutput() const { return std::min(tapStep_, axis_.taps); }
  Phase forwardPhase(int64_t output, int32_t tap) const;
  Phase gradientPhase(int64_t output, int64_t count) const;
  int64_t firstTap(int64_t output) const;

  Axis axis_;
  Pass pass_;
  int32_t common_;  ///< g of the formula above
  int32_t tapStep_;
  int64_t outStep_, inStep_;
};

}  // namespace depthwise
