#pragma once

#include "../buffer.h"
#include "../geometry.h"
#include "activation.h"

namespace depthwise {

/// y[n, i, j, c·M + m] = activation(bias[c·M + m] + Σ_{p,q} x[n, i·stride + p·dilation − pad, j·…, c] · filter[p, q, c,
/// m]), M the channel multiplier, indices along height and width each with their own stride, dilation and padding; x is
/// zero outside. The tensors have the shapes that the geometry says, `y` does not overlap the others.
Status forward(const Geometry& geometry, const float* x, const float* filter, const Epilogue& epilogue, float* y);

}  // namespace depthwise
