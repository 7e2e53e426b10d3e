#pragma once

#include "depthwise/activation.h"
#include "depthwise/geometry.h"
#include "nn/batch_norm.h"

/// Convolutions with the batch normalization that follows. The normalization is folded into the convolution: it becomes
/// factors of the filter and a bias, so it needs no pass over y. The limits of `norm` are not used.
namespace depthwise {

/// Computes y = activation(batchNorm(convolution + bias)) of a dense convolution; see conv2dForward. The epilogue
/// contains the bias of the convolution and the activation.
Status conv2dBatchNorm(const DenseGeometry& g, const float* x, const float* filter, const BatchNorm& norm,
                       const Epilogue& epilogue, float* y);

/// Computes the same of a depthwise convolution; see forward.
Status depthwiseConv2dBatchNorm(const Geometry& g, const float* x, const float* filter, const BatchNorm& norm,
                                const Epilogue& epilogue, float* y);

}  // namespace depthwise
