#pragma once

#include "conv/packing.h"
#include "conv/plan.h"
#include "depthwise/activation.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"

/// The loop nests, two for each layout. convolution.cpp chooses between them.
namespace depthwise {

/// Forward and the input gradient in their common form: the correlation of `in` with the filter. The plans of height
/// and width determine which rows and columns each tap reads.
///
///     forward         in is x; each of its channels is used for multiplier channels of the filter; out is y
///     input gradient  in is dy; out is dx; each of its channels is the sum of multiplier channels of the filter
struct Correlation {
  int batch;     ///< at least 1
  int channels;  ///< of the filter: in.channels·in.multiplier = out.channels·out.multiplier
  AxisPlan height, width;
  Operand<const float> in;
  const float* filter;  ///< [height.taps, width.taps, channels]
  Operand<float> out;
  Epilogue epilogue;     ///< only if out.multiplier is 1
  int firstRow, endRow;  ///< the rows of out to compute; NCHW: all
};

/// For adjacent channels, at least four: four channels are the lanes of a vector.
Status correlateNhwc(const Correlation& c);
/// Ranges of the images, or of the rows of y in each image.
struct RowRanges {
  int count;
  bool areImages;
  int units;  ///< images or rows in all ranges

  int bound(int range) const { return static_cast<int>(int64_t{units} * range / count); }
};
/// Computes the sums over the ranges from `first` to `end`, each as a filter at sums + range·stride.
Status filterGradientNhwc(const Geometry& g, const RowRanges& ranges, int first, int end, const float* x,
                          const float* dy, float* sums, ptrdiff_t stride);

/// For any strides and number of channels: four neighbouring columns of one channel are the lanes of a vector.
Status correlateNchw(const Correlation& c);
Status filterGradientNchw(const Geometry& g, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
