#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "argument_error.h"

namespace depthwise {

/// Where weights must stay: applied to them after every step of training, as Keras does (tfjs only where weights are
/// set). With ‖w‖ the 2-norm along `axes` and ε = 1e-7:
///
///     maxNorm      w · clip(‖w‖, 0, maxValue) / (ε + ‖w‖)
///     minMaxNorm   w · (rate·clip(‖w‖, minValue, maxValue) + (1 − rate)·‖w‖) / (ε + ‖w‖)
///     nonNeg       max(w, 0)
///     unitNorm     w / (ε + ‖w‖)
///
/// Because of ε, a weight whose norm is allowed moves too, by one part in 10⁷ of ‖w‖ = 1.
struct Constraint {
  enum class Kind { kMaxNorm, kMinMaxNorm, kNonNeg, kUnitNorm };

  Kind kind;
  double minValue = 0, maxValue = 2, rate = 1;  ///< see constraintNamed for the maxValue of minMaxNorm
  NumberList axes{{0}, 1};                      ///< negative ones count from the last axis
  bool axisIsList = false;                      ///< whether a single axis is written down as a list
};

/// The constraint of a name (tfjs's or Keras's, see names.h) with its defaults: axes [0], maxValue 2 for maxNorm and 1
/// for minMaxNorm, minValue 0, rate 1. Or an error that lists the names.
Result<Constraint> constraintNamed(const char* argument, std::string_view name);
/// tfjs's identifier: 'maxNorm'.
const char* constraintName(Constraint::Kind kind);

/// Checks the parameters of the constraint's kind; `rank` is that of the tensor it will be applied to, at most 4.
Error checkConstraint(const char* argument, const Constraint& constraint, int rank);

/// Applies a checked constraint in place. Norms are summed in float64.
void applyConstraint(const Constraint& constraint, std::span<const int32_t> shape, float* values);

}  // namespace depthwise
