#pragma once

#include "conv/plan.h"
#include "geometry.h"
#include "memory.h"
#include "nn/activation.h"
#include "tensor_view.h"

namespace depthwise {

/// A tensor and how its channels stand to the lanes of the sweeps: lanes = channels·multiplier.
template <class Float>
struct Operand {
  TensorView<Float> tensor;
  int channels;
  int multiplier;
};

/// What forward and the gradient of the input have in common: rows of a tensor are fusable with a filter into rows of
/// another, by plans that say which row and column meet which tap.
struct Correlation {
  int batch;
  int lanes;
  AxisPlan height, width;
  Operand<const float> in;  ///< each channel is spread over its lanes
  const float* filter;   ///< [height.taps, width.taps, lanes]
  Operand<float> out;       ///< the lanes of each channel are summed up
  Epilogue epilogue;     ///< only where a channel is a lane

  /// Sweeps along rows have channels as lanes. Where these do not stand side by side, or are fewer than a vector has
  /// lanes, columns are the lanes.
  bool hasPlanes() const { return lanes < 4 || !in.tensor.channelsAreAdjacent() || !out.tensor.channelsAreAdjacent(); }
};

/// Computes it, by one of the two below.
Status correlate(const Correlation& c);
/// Where hasPlanes() is false, and where it is true. Of at least one image.
Status correlateNhwc(const Correlation& c);
Status correlateNchw(const Correlation& c);

/// The gradient of the filter (filter_gradient.h) where columns are the lanes: NCHW, or fewer than four channels.
Status filterGradientNchw(const Geometry& g, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
