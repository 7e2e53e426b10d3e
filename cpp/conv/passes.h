#pragma once

#include "depthwise/geometry.h"
#include "depthwise/memory.h"
#include "nn/activation.h"

namespace depthwise {

/// y[n, i, j, c·M + m] = activation(bias[c·M + m] + Σ_{p,q} x[n, i·stride + p·dilation − pad, j·…, c] · filter[p, q, c,
/// m]), M the channel multiplier, indices along height and width each with their own stride, dilation and padding; x is
/// zero outside. The tensors have the shapes that the geometry says, `y` does not overlap the others.
Status forward(const Geometry& geometry, const float* x, const float* filter, const Epilogue& epilogue, float* y);

/// dx, the gradient of Σ y·dy with respect to x: dx[n, h, w, c] = Σ dy[n, i, j, c·M + m] · filter[p, q, c, m] over all
/// m and all (i, p), (j, q) with i·stride + p·dilation − pad = h and the same along the width. It is the adjoint of
/// forward, in the sense that ⟨dy, forward(x)⟩ = ⟨dx, x⟩. `dx` does not overlap the others.
Status inputGradient(const Geometry& geometry, const float* dy, const float* filter, float* dx);

/// dfilter, the gradient of Σ y·dy with respect to the filter: dfilter[p, q, c, m] = Σ_{n,i,j} x[n, i·stride +
/// p·dilation − pad, j·…, c] · dy[n, i, j, c·M + m]. The sums are long, so they are made in three steps (a strip of a
/// row, a block of rows, all): their error grows with about the cube root of their length. `dfilter` does not overlap
/// the others.
Status filterGradient(const Geometry& geometry, const float* x, const float* dy, float* dfilter);

/// dbias, the gradient of Σ y·dy with respect to a bias that is added to y: dbias[k] = Σ_{n,i,j} dy[n, i, j, k]. Sums
/// are float64. `dbias` has the geometry's outChannels.
void biasGradient(const Geometry& geometry, const float* dy, float* dbias);

}  // namespace depthwise
