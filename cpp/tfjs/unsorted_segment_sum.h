#pragma once

#include <cstddef>
#include <cstdint>

namespace depthwise {

/// sums[segments[i], j] = Σ x[i, j] over all i, in order: x has `items` items of `itemSize` floats, each of the
/// `segmentCount` segments one of them. Items of a segment that there is not, also of a negative one, are dropped as
/// tfjs's cpu drops them. (There the NaN of an item is in all segments, as NaN times 0; here in its own.) x and sums
/// may not overlap.
void unsortedSegmentSum(const float* x, const int32_t* segments, size_t items, size_t itemSize, size_t segmentCount,
                        float* sums);

}  // namespace depthwise
