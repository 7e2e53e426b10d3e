#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// dx, the gradient of Σ y·dy with respect to the input of a dense convolution: dx[n, r, s, c] = Σ_{p,q,o} dy[n, i, j,
/// o] · filter[p, q, c, o] over all outputs i, j that read r, s at p, q. NHWC only. `dx` does not overlap the others.
Status conv2dInputGradient(const DenseGeometry& geometry, const float* dy, const float* filter, float* dx);

}  // namespace depthwise
