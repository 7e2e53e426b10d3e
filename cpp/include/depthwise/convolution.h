#pragma once

#include "depthwise/activation.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"

/// Depthwise convolution and its gradients, of float32 tensors. The geometry fixes the layout and every shape:
///
///     x       [batch, height, width, channels]            NCHW: [batch, channels, height, width]
///     filter  [filterHeight, filterWidth, channels, M]    M is the channel multiplier
///     y, dy   [batch, outHeight, outWidth, channels·M]    NCHW: [batch, channels·M, outHeight, outWidth]
///
/// In the formulas below, tap (p, q) of output (i, j) reads the input
///
///     (i·stride + p·dilation − padBefore, j·stride + q·dilation − padBefore)
///
/// where stride, dilation and padding may differ between height and width. Inputs outside of x are zero.
namespace depthwise {

/// Computes y, the depthwise convolution of x with the filter, and applies the epilogue.
///
///     y[n, i, j, c·M + m] = activation(bias[c·M + m] + Σ_{p,q} x[n, …, …, c] · filter[p, q, c, m])
///
/// An activation that is not elementwise is ignored: y is the sum plus the bias. `y` must not overlap the other
/// tensors. Fails only if scratch memory cannot be allocated; then `y` is unchanged.
Status forward(const Geometry& geometry, const float* x, const float* filter, const Epilogue& epilogue, float* y);

/// Computes dx, the gradient of Σ y·dy with respect to x.
///
///     dx[n, h, w, c] = Σ dy[n, i, j, c·M + m] · filter[p, q, c, m]
///
/// over all m, and over all outputs (i, j) and taps (p, q) that read input (h, w). This is the adjoint of forward: ⟨dy,
/// forward(x)⟩ = ⟨dx, x⟩. `dx` must not overlap the other tensors. Fails only if scratch memory cannot be allocated;
/// then `dx` is unchanged.
Status inputGradient(const Geometry& geometry, const float* dy, const float* filter, float* dx);

/// Computes dfilter, the gradient of Σ y·dy with respect to the filter.
///
///     dfilter[p, q, c, m] = Σ_{n,i,j} x[n, …, …, c] · dy[n, i, j, c·M + m]
///
/// These sums are long. They are computed in several steps (part of a row, a block of rows, a range of rows or images,
/// all), so that the error grows with about the cube root of the length. `dfilter` must not overlap the other tensors.
/// Fails only if scratch memory cannot be allocated; then `dfilter` is unchanged.
Status filterGradient(const Geometry& geometry, const float* x, const float* dy, float* dfilter);

/// Computes dbias, the gradient of Σ y·dy with respect to a bias that is added to y.
///
///     dbias[k] = Σ_{n,i,j} dy[n, i, j, k]    for each of the channels·M channels of y
///
/// The sums are float64. Cannot fail.
void biasGradient(const Geometry& geometry, const float* dy, float* dbias);

}  // namespace depthwise
