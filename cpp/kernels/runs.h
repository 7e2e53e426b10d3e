#pragma once

#include <algorithm>
#include <cstdint>

#include "axis_plan.h"

/// From the phases of a row (axis_plan.h) to what a sweep can do: at most three taps at a time, and borders that need
/// no test inside of the loop.
namespace depthwise {

/// The widest filter row that one sweep takes: three taps of three rows are nine weights, which with three sums and a
/// value fill the registers that V8 has.
constexpr int kSweepTaps = 3;

/// outCount outputs of one sweep. They need outCount + taps − 1 columns of input. Of these the first `lead` and the
/// last `trail` lie outside of the image, each fewer than taps; inFirst is the first that lies inside.
struct Run {
  int32_t outFirst, outStep, outCount;
  int32_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t taps;  ///< 1 to kSweepTaps; 0: these outputs are zero, nothing is read
  int32_t lead, trail;
  bool opens;
  /// Only of a run of two taps: a third tap in between, which meets the columns in between (interlaceRuns).
  bool interlaced = false;
  int32_t betweenTap = 0;
  int32_t betweenColumn = 0;  ///< its column, counted from the one that the last tap meets

  int32_t outLast() const { return outFirst + (outCount - 1) * outStep; }
  int32_t inLast() const { return inFirst + (outCount + taps - 2 - lead - trail) * inStep; }
};

namespace runs {

/// `taps` taps of a phase, beginning with tap `tap`, for the outputs [from, from + count) of it: how many of the needed
/// columns lie outside.
struct Window {
  int64_t first;  ///< the first column, inside or not
  int64_t columns, lead, trail;
};

inline Window windowOf(const Phase& phase, int64_t from, int64_t count, int tap, int taps, int64_t inSize) {
  const int64_t first = phase.inFirst + (from + tap) * phase.inStep, columns = count + taps - 1;
  const Range inside = insideOf(inSize, first, phase.inStep, columns);
  return {first, columns, inside.first, columns - inside.end};
}

inline Run zeros(const Phase& phase, int64_t from, int64_t count) {
  return {static_cast<int32_t>(phase.outFirst + from * phase.outStep),
          static_cast<int32_t>(count > 1 ? phase.outStep : 1),
          static_cast<int32_t>(count),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          true};
}

}  // namespace runs

/// Cuts the outputs [qFirst, qEnd) of a phase into runs, in the order in which they must be swept.
template <class Visit>
void forEachRun(const Phase& phase, int64_t qFirst, int64_t qEnd, int64_t inSize, Visit&& visit) {
  const int64_t count = std::min(qEnd, phase.outCount) - qFirst;
  if (count <= 0) return;
  bool opens = phase.opens;
  if (phase.taps == 0 && opens) visit(runs::zeros(phase, qFirst, count));
  for (int tap = 0; tap < phase.taps;) {
    int taps = std::min(kSweepTaps, phase.taps - tap);
    for (;; --taps) {
      const runs::Window w = runs::windowOf(phase, qFirst, count, tap, taps, inSize);
      if (w.lead + w.trail == w.columns) {  // not one column lies inside
        if (opens) visit(runs::zeros(phase, qFirst, count));
        break;
      }
      // Outputs all of whose columns lie outside, at either end.
      const int64_t none = 0, left = std::max(none, w.lead - (taps - 1)), right = std::max(none, w.trail - (taps - 1));
      const int64_t swept = count - left - right;
      if (swept < taps - 1) continue;  // too few to fill the sums of a sweep: take fewer taps
      if (opens && left > 0) visit(runs::zeros(phase, qFirst, left));
      if (opens && right > 0) visit(runs::zeros(phase, qFirst + count - right, right));
      visit(Run{static_cast<int32_t>(phase.outFirst + (qFirst + left) * phase.outStep),
                static_cast<int32_t>(swept > 1 ? phase.outStep : 1), static_cast<int32_t>(swept),
                static_cast<int32_t>(w.first + w.lead * phase.inStep),
                static_cast<int32_t>(w.columns - w.lead - w.trail > 1 ? phase.inStep : 1),
                phase.tapFirst + tap * phase.tapStep, phase.tapStep, taps, static_cast<int32_t>(w.lead - left),
                static_cast<int32_t>(w.trail - right), opens});
      break;
    }
    tap += taps;
    opens = false;
  }
}

/// Forward with stride 2 and three taps is two phases with the same outputs: taps 0 and 2 meet every other column, tap
/// 1 those between. One after the other they would write y, read it and write it again. Where `one` (of the tap
/// between) meets no border, this makes `two` do the work of both.
inline bool interlaceRuns(Run& two, const Run& one) {
  const bool sameOutputs = two.taps == 2 && !two.interlaced && one.taps == 1 && !one.opens &&
                           two.outFirst == one.outFirst && two.outCount == one.outCount && two.outStep == one.outStep;
  // With a single column inside, inStep would not tell how far the columns are apart.
  if (!sameOutputs || two.outCount + 1 - two.lead - two.trail < 2) return false;
  two.interlaced = true;
  two.betweenTap = one.tapFirst;
  two.betweenColumn = one.inFirst - (two.inFirst + (1 - two.lead) * two.inStep);
  return true;
}

/// The phase without the taps that meet nothing but the outside. With a large dilation that is nearly all of them.
inline Phase trimmed(Phase phase, int64_t inSize) {
  const Range inside = insideOf(inSize, phase.inFirst, phase.inStep, phase.outCount + phase.taps - 1);
  const int64_t from = std::max<int64_t>(0, inside.first - phase.outCount + 1);
  const int64_t to = inside.first == inside.end ? from : std::max(from, std::min<int64_t>(phase.taps, inside.end));
  phase.inFirst += from * phase.inStep;
  phase.tapFirst += static_cast<int32_t>(from) * phase.tapStep;
  phase.taps = static_cast<int32_t>(to - from);
  return phase;
}

/// More runs than these a phase cannot fall into.
inline int64_t mostRuns(const Phase& phase) { return phase.taps + 2; }

}  // namespace depthwise
