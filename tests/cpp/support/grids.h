#pragma once

#include <vector>

#include "support/convolution.h"

/// The convolutions that every pass is tested with. Each grid varies what its name says and keeps the rest small.
namespace depthwise::grids {

/// 1×1 to 7×7 and rectangular, with strides, dilations and paddings that combine.
std::vector<Convolution> filters();
/// Numeric padding, on all sides and on each its own, with every rounding mode.
std::vector<Convolution> roundings();
/// Each remainder of the lanes of a vector, channel multipliers, and pitches that collide in the cache.
std::vector<Convolution> channels();
/// Batches 0 to 4.
std::vector<Convolution> batches();
/// Images smaller than the filter, down to one pixel, in padding.
std::vector<Convolution> smallImages();
/// Rows that are cut into several strips.
std::vector<Convolution> wideImages();
/// Images high enough, of enough channels, that a slice of the channels is fusable down several rows before the next.
std::vector<Convolution> manyChannels();
/// Steps longer than the image, and than 32 bits when multiplied.
std::vector<Convolution> longSteps();

}  // namespace depthwise::grids
