#pragma once

#include <vector>

#include "support/convolution.h"

/// The convolutions of the tests. Each grid varies one property and keeps the others small.
namespace depthwise::grids {

/// 1×1 to 7×7 and rectangular, with strides, dilations and paddings that combine.
std::vector<Convolution> filters();
/// Numeric padding, the same on all sides or different, with every rounding mode.
std::vector<Convolution> roundings();
/// Each remainder of channels modulo four, channel multipliers, and column strides that collide in the cache.
std::vector<Convolution> channels();
/// Batches 0 to 4.
std::vector<Convolution> batches();
/// Images smaller than the filter, down to one pixel, with padding.
std::vector<Convolution> smallImages();
/// Rows of several tiles.
std::vector<Convolution> wideImages();
/// Images so high, and with so many channels, that row groups are computed slice by slice.
std::vector<Convolution> manyChannels();
/// Strides and dilations longer than the image, whose product does not fit 32 bits.
std::vector<Convolution> longSteps();

}  // namespace depthwise::grids
