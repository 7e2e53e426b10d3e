#pragma once

#include <cstddef>

#include "../buffer.h"

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

}  // namespace depthwise
