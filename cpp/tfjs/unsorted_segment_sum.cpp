#include "unsorted_segment_sum.h"

#include <algorithm>

namespace depthwise {

void unsortedSegmentSum(const float* x, const int32_t* segments, size_t items, size_t itemSize, size_t segmentCount,
                        float* sums) {
  std::fill_n(sums, segmentCount * itemSize, 0.0f);
  for (size_t i = 0; i < items; ++i, x += itemSize) {
    if (segments[i] < 0 || static_cast<size_t>(segments[i]) >= segmentCount) continue;
    float* const sum = sums + static_cast<size_t>(segments[i]) * itemSize;
    for (size_t j = 0; j < itemSize; ++j) sum[j] += x[j];
  }
}

}  // namespace depthwise
