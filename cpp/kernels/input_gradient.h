#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// dx, the gradient of Σ y·dy with respect to x: dx[n, h, w, c] = Σ dy[n, i, j, c·M + m] · filter[p, q, c, m] over all
/// m and all (i, p), (j, q) with i·stride + p·dilation − pad = h and the same along the width. It is the adjoint of
/// forward, in the sense that ⟨dy, forward(x)⟩ = ⟨dx, x⟩. `dx` does not overlap the others.
Status inputGradient(const Geometry& geometry, const float* dy, const float* filter, float* dx);

}  // namespace depthwise
