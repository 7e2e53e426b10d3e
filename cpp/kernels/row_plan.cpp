#include "row_plan.h"

#include "cache_policy.h"

namespace depthwise {

Places alikeRows(const RowTaps* rows, int32_t count, size_t inRowStride) {
  Places alike;
  const RowTaps& first = rows[0];
  if (count == 1) return alike;
  const int32_t inNext = rows[1].inFirst - first.inFirst;
  for (; alike.count < std::min(kMostAlike, count); ++alike.count) {
    const RowTaps& row = rows[alike.count];
    const bool isAlike = row.count == first.count && row.tapFirst == first.tapFirst &&
                         row.inFirst - first.inFirst == alike.count * inNext;
    if (!isAlike) break;
  }
  alike.inNext = inNext * static_cast<ptrdiff_t>(inRowStride);
  return alike;
}

}  // namespace depthwise
