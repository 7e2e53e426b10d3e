#pragma once

#include "depthwise/memory.h"

/// Sums over axes of a tensor and their gradients, and sums over segments. Further reductions (max, product) go here.
namespace depthwise {

/// A tensor as [outer, middle, inner], where `middle` is the product of the adjacent axes that are reduced. For batch,
/// height and width of an NHWC tensor, outer is 1 and inner the channels; for height and width, outer is the batch.
struct MiddleAxisShape {
  int outer, middle, inner;
};

/// Computes sums[o, i] = factor · Σ_m x[o, m, i]: a sum if factor is 1, a mean if it is 1 / middle.
///
/// x is [outer, middle, inner], sums is [outer, inner]. An empty sum is 0. Sums are computed in blocks (ChannelSums),
/// so a sum has at most 21 roundings, whatever its length. `sums` must not overlap x.
Status sumMiddleAxis(const MiddleAxisShape& shape, const float* x, double factor, float* sums);

/// Computes x[o, m, i] = factor · values[o, i], the gradient of sumMiddleAxis.
///
/// values is [outer, inner], x is [outer, middle, inner]. x must not overlap `values`.
void broadcastMiddleAxis(const MiddleAxisShape& shape, const float* values, double factor, float* x);

/// Computes sums[s, j] = Σ x[i, j] over all i with segments[i] = s, in the order of i.
///
/// x is [items, itemSize], segments [items], sums [segmentCount, itemSize]. Items with a segment number below 0 or not
/// below segmentCount are ignored, and a segment without items is 0, as in tfjs's cpu backend. A NaN affects only its
/// own segment; in tfjs's cpu backend it affects all segments (NaN times 0). `sums` must not overlap x.
void unsortedSegmentSum(const float* x, const int* segments, int items, int itemSize, int segmentCount, float* sums);

}  // namespace depthwise
