#pragma once

#include <cstddef>

#include "activation.h"

namespace depthwise {

/// The gradient of an activation: dz from z = sum + bias, y = activation(z) and dy, each `pixels` pixels of `lanes`
/// floats without gaps. The epilogue says which activation, and its slopes; its bias is not read.
///
/// An elementwise one reads z and not y, dz = f'(z)·dy: from y, f' would lose its digits where f is flat. Softmax reads
/// y and not z, and its lanes are the last axis. Linear reads neither. What is not read may be null. dz may be dy.
///
/// At kinks the slope is tfjs's: relu 0 at 0, relu6 0 at 0 and 6 (as tfjs-layers and TensorFlow; the Relu6 of
/// tfjs-core has 1 at 6), leakyrelu and prelu that below zero; activation_curves.cpp names the others.
void activationGradient(const Epilogue& epilogue, const float* z, const float* y, const float* dy, float* dz,
                        size_t pixels, int lanes);

}  // namespace depthwise
