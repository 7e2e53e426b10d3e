#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

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

/// g of the formula above.
inline int32_t commonStep(const Axis& axis) {
  return axis.stride == 1 || axis.dilation == 1 ? 1 : std::gcd(axis.stride, axis.dilation);
}

/// The number that a · it = 1 modulo m, where gcd(a, m) = 1 and m > 1: Euclid's algorithm, keeping of each remainder
/// how often a goes into it.
inline int64_t inverse(int64_t a, int64_t m) {
  int64_t remainder = m, next = a, times = 0, nextTimes = 1;
  while (next != 0) {
    const int64_t quotient = remainder / next;
    remainder = std::exchange(next, remainder - quotient * next);
    times = std::exchange(nextTimes, times - quotient * nextTimes);
  }
  return times < 0 ? times + m : times;
}

/// The m in [0, count) for which first + m·step lies in [0, size), as first and end. step > 0.
struct Range {
  int64_t first, end;
};
inline Range insideOf(int64_t size, int64_t first, int64_t step, int64_t count) {
  const int64_t from = std::min(count, std::max<int64_t>(0, ceilDivide(-first, step)));
  return {from, std::max(from, std::min(count, ceilDivide(size - first, step)))};
}

inline RowTaps insideOf(int64_t size, const Taps& taps) {
  // Nearly every row of an image, and quicker than to divide.
  const bool all = taps.inFirst >= 0 && taps.inFirst + (taps.count - 1) * taps.inStep < size;
  const Range inside = all ? Range{0, taps.count} : insideOf(size, taps.inFirst, taps.inStep, taps.count);
  if (inside.first == inside.end) return {};
  return {static_cast<int32_t>(taps.inFirst + inside.first * taps.inStep), static_cast<int32_t>(taps.inStep),
          static_cast<int32_t>(taps.tapFirst + inside.first * taps.tapStep), taps.tapStep,
          static_cast<int32_t>(inside.end - inside.first)};
}

/// y from x: output o of tap k reads o·stride + k·dilation − padBefore.
struct ForwardPlan {
  static int32_t inSize(const Axis& axis) { return axis.in; }
  static int32_t outSize(const Axis& axis) { return axis.out; }

  /// The outputs of a phase are this far apart, and the inputs of one output.
  static int64_t outStep(const Axis& axis) { return axis.dilation / commonStep(axis); }
  static int64_t inStep(const Axis& axis) { return outStep(axis) * axis.stride; }

  /// All inputs that so many neighbouring outputs read lie within so many.
  static int64_t span(const Axis& axis, int64_t outputs) {
    return (outputs - 1) * axis.stride + int64_t{axis.taps - 1} * axis.dilation + 1;
  }

  template <class Visit>
  static void forEachPhase(const Axis& axis, Visit&& visit) {
    const int64_t step = outStep(axis);
    const int32_t tapStep = axis.stride / commonStep(axis);
    for (int64_t o = 0; o < step && o < axis.out; ++o) {
      for (int32_t k = 0; k < tapStep && k < axis.taps; ++k) {
        visit(Phase{o, step, ceilDivide(axis.out - o, step),
                    o * axis.stride + int64_t{k} * axis.dilation - axis.padBefore, inStep(axis), k, tapStep,
                    static_cast<int32_t>(ceilDivide(axis.taps - k, tapStep)), k == 0});
      }
    }
  }

  /// How far apart the inputs of one output are, and those that one tap meets in neighbouring outputs of a phase.
  static int64_t tapDistance(const Axis& axis) { return axis.dilation; }
  static int64_t outputDistance(const Axis& axis) { return axis.stride; }
  static Taps tapsOf(const Axis& axis, int64_t o) {
    return {o * axis.stride - axis.padBefore, axis.dilation, 0, 1, axis.taps};
  }
  static RowTaps rowTaps(const Axis& axis, int32_t o) { return insideOf(axis.in, tapsOf(axis, o)); }
};

/// dx from dy: input i gets from tap k the dy at (i + padBefore − k·dilation) / stride, where that is whole.
struct InputGradientPlan {
  static int32_t inSize(const Axis& axis) { return axis.out; }
  static int32_t outSize(const Axis& axis) { return axis.in; }

  static int64_t outStep(const Axis& axis) { return inStep(axis) * axis.stride; }
  static int64_t inStep(const Axis& axis) { return axis.dilation / commonStep(axis); }
  static int64_t span(const Axis& axis, int64_t outputs) {
    return (outputs - 1 + int64_t{axis.taps - 1} * axis.dilation) / axis.stride + 1;
  }

  /// The first tap that falls onto the grid of dy, where i + padBefore − k·dilation is a multiple of the stride; a
  /// number past every tap where there is none. In units of g = gcd(stride, dilation) it is k = i / d modulo s.
  static int64_t firstTap(const Axis& axis, int64_t i) {
    const int64_t g = commonStep(axis), s = axis.stride / g, d = axis.dilation / g;
    const int64_t position = i + axis.padBefore;
    if (position % g != 0) return axis.taps;
    return s == 1 ? 0 : position / g % s * inverse(d % s, s) % s;
  }

  /// The phase of the outputs i, i + outStep, i + 2·outStep … of which there are `count`.
  static Phase phaseOf(const Axis& axis, int64_t i, int64_t count) {
    const int64_t k = firstTap(axis, i);
    if (k >= axis.taps) return {i, outStep(axis), count, 0, 1, 0, 1, 0, true};
    // Every tapStep-th tap after it falls onto the grid too. Later taps read earlier dy: taken backwards, window and
    // outputs move in the same direction.
    const int64_t step = inStep(axis), position = i + axis.padBefore - k * axis.dilation;
    const int32_t tapStep = axis.stride / commonStep(axis);
    const int32_t taps = static_cast<int32_t>(ceilDivide(axis.taps - k, tapStep));
    return {i,        outStep(axis),
            count,    position / axis.stride - (taps - 1) * step,
            step,     static_cast<int32_t>(k) + tapStep * (taps - 1),
            -tapStep, taps,
            true};
  }

  template <class Visit>
  static void forEachPhase(const Axis& axis, Visit&& visit) {
    const int64_t step = outStep(axis);
    for (int64_t i = 0; i < step && i < axis.in; ++i) visit(phaseOf(axis, i, ceilDivide(axis.in - i, step)));
  }

  static int64_t tapDistance(const Axis& axis) { return inStep(axis); }
  static int64_t outputDistance(const Axis& axis) { return inStep(axis); }
  static Taps tapsOf(const Axis& axis, int64_t i) {
    const Phase phase = phaseOf(axis, i, 1);
    return {phase.inFirst, phase.inStep, phase.tapFirst, phase.tapStep, phase.taps};
  }
  static RowTaps rowTaps(const Axis& axis, int32_t i) { return insideOf(axis.out, tapsOf(axis, i)); }
};

}  // namespace depthwise
