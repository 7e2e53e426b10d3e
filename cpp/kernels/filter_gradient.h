#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// dfilter, the gradient of Σ y·dy with respect to the filter: dfilter[p, q, c, m] = Σ_{n,i,j} x[n, i·stride +
/// p·dilation − pad, j·…, c] · dy[n, i, j, c·M + m]. The sums are long, so they are made in three steps (a strip of a
/// row, a block of rows, all): their error grows with about the cube root of their length. `dfilter` does not overlap
/// the others.
Status filterGradient(const Geometry& geometry, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
