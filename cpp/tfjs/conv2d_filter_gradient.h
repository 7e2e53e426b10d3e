#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// dfilter, the gradient of Σ y·dy with respect to the filter of a dense convolution: dfilter[p, q, c, o] = Σ_{n,i,j}
/// x[n, i·stride + p·dilation − pad, j·…, c] · dy[n, i, j, o]. NHWC only. The sums are long, so they are made in three
/// steps (a block of pixels, many blocks, all): their error grows with about the cube root of their length. `dfilter`
/// does not overlap the others.
Status conv2dFilterGradient(const DenseGeometry& geometry, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
