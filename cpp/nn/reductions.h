#pragma once

#include <cstddef>
#include <cstdint>

#include "depthwise/memory.h"

namespace depthwise {

/// A tensor of which adjacent axes are summed up, as three: outer × middle × inner. Over batch, height and width of
/// NHWC, outer is 1 and inner the channels; over height and width alone, outer is the batch.
struct MiddleAxis {
  size_t outer, middle, inner;
};

/// sums[o, i] = factor · Σ_m x[o, m, i]: a sum where factor is 1, a mean where it is 1 / middle. The sums are made in
/// blocks (ChannelSums), so they are exact to a few roundings however long they are.
Status sumMiddle(const MiddleAxis& axis, const float* x, double factor, float* sums);

/// The gradient of that: x[o, m, i] = factor · values[o, i].
void spreadMiddle(const MiddleAxis& axis, const float* values, double factor, float* x);

/// sums[segments[i], j] = Σ x[i, j] over all i, in order: x has `items` items of `itemSize` floats, each of the
/// `segmentCount` segments one of them. Items of a segment that there is not, also of a negative one, are dropped as
/// tfjs's cpu drops them. (There the NaN of an item is in all segments, as NaN times 0; here in its own.) x and sums
/// may not overlap.
void unsortedSegmentSum(const float* x, const int32_t* segments, size_t items, size_t itemSize, size_t segmentCount,
                        float* sums);

}  // namespace depthwise
