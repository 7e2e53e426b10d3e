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
class Strips {
 public:
  /// `pitch`: floats between neighbouring columns of the input. `interlace`: whether two runs may be swept as one
  /// (interlaceRuns).
  Strips(const AxisPlan& axis, size_t pitch, bool interlace);

  Status status() const { return runs_.status(); }
  int64_t count() const { return count_; }
  /// No strip has more runs than these.
  int64_t mostRuns() const { return mostRuns_; }
  /// No strip reads or writes more columns than these.
  int64_t mostIn() const { return std::min<int64_t>(axis_.span(mostOut()), axis_.inSize()); }
  int64_t mostOut() const { return std::min<int64_t>(width_ * axis_.outStep(), axis_.outSize()); }

  /// Plans strip `index`; what follows speaks of it.
  void plan(int64_t index);

  /// Whether each output has one run that sums it up.
  bool hasOneRunEach() const {
    return std::all_of(begin(), end(), [](const Run& run) { return run.opens && run.taps > 0; });
  }

  const Run* begin() const { return runs_.data(); }
  const Run* end() const { return runs_.data() + runCount_; }
  Columns in() const { return in_; }    ///< the columns of the input that the runs read
  Columns out() const { return out_; }  ///< the outputs that the runs write, every one of them

 private:
  void add(const Run& run);

  AxisPlan axis_;
  int64_t mostRuns_;
  SmallBuffer<Run, 8> runs_;
  bool interlace_;
  int64_t runCount_ = 0, width_, count_;
  Columns in_, out_;
};

}  // namespace depthwise
