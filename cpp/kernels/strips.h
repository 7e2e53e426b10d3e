#pragma once

#include <algorithm>
#include <cstdint>

#include "../buffer.h"
#include "axis_plan.h"
#include "cache_policy.h"
#include "runs.h"

namespace depthwise {

/// A half-open range of columns.
struct Columns {
  int32_t first = 0, end = 0;

  int32_t count() const { return end - first; }
};

/// The outputs of a row, cut into strips narrow enough for the cache, and each strip into runs. One strip is planned at
/// a time and then swept down all rows.
template <class Plan>
class Strips {
 public:
  /// `pitch`: floats between neighbouring columns of the input. `interlace`: whether two runs may be swept as one
  /// (interlaceRuns).
  Strips(const Axis& axis, size_t pitch, bool interlace)
      : axis_(axis),
        mostRuns_(static_cast<int64_t>(mostRunsOf(axis))),
        runs_(static_cast<uint64_t>(mostRuns_)),
        interlace_(interlace) {
    const int64_t perPhase = ceilDivide(Plan::outSize(axis), Plan::outStep(axis));
    width_ = stripWidth(uint64_t{pitch} * static_cast<uint64_t>(Plan::inStep(axis)), perPhase);
    count_ = ceilDivide(perPhase, width_);
  }

  Status status() const { return runs_.status(); }
  int64_t count() const { return count_; }
  /// No strip has more runs than these.
  int64_t mostRuns() const { return mostRuns_; }
  /// No strip reads or writes more columns than these.
  int64_t mostIn() const { return std::min<int64_t>(Plan::span(axis_, mostOut()), Plan::inSize(axis_)); }
  int64_t mostOut() const { return std::min<int64_t>(width_ * Plan::outStep(axis_), Plan::outSize(axis_)); }

  /// Plans strip `index`; what follows speaks of it.
  void plan(int64_t index) {
    const int64_t from = index * width_, to = from + width_;
    runCount_ = 0;
    in_ = {Plan::inSize(axis_), 0};
    Plan::forEachPhase(axis_, [&](const Phase& phase) {
      forEachRun(trimmed(phase, Plan::inSize(axis_)), from, to, Plan::inSize(axis_), [&](const Run& run) {
        add(run);
        if (run.taps == 0) return;
        in_.first = std::min(in_.first, run.inFirst);
        in_.end = std::max(in_.end, run.inLast() + 1);
      });
    });
    in_.end = std::max(in_.end, in_.first);
    const int64_t step = Plan::outStep(axis_), size = Plan::outSize(axis_);
    out_ = {static_cast<int32_t>(std::min(from * step, size)), static_cast<int32_t>(std::min(to * step, size))};
  }

  /// Whether each output has one run that sums it up.
  bool hasOneRunEach() const {
    return std::all_of(begin(), end(), [](const Run& run) { return run.opens && run.taps > 0; });
  }

  const Run* begin() const { return runs_.data(); }
  const Run* end() const { return runs_.data() + runCount_; }
  Columns in() const { return in_; }    ///< the columns of the input that the runs read
  Columns out() const { return out_; }  ///< the outputs that the runs write, every one of them

 private:
  static uint64_t mostRunsOf(const Axis& axis) {
    uint64_t most = 0;
    Plan::forEachPhase(axis, [&](const Phase& phase) {
      most += static_cast<uint64_t>(depthwise::mostRuns(trimmed(phase, Plan::inSize(axis))));
    });
    return most;
  }

  void add(const Run& run) {
    Run* const next = runs_.data() + runCount_;
    if (interlace_ && runCount_ > 0 && interlaceRuns(next[-1], run)) return;
    *next = run;
    ++runCount_;
  }

  Axis axis_;
  int64_t mostRuns_;
  SmallBuffer<Run, 8> runs_;
  bool interlace_;
  int64_t runCount_ = 0, width_, count_;
  Columns in_, out_;
};

}  // namespace depthwise
