#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// dbias, the gradient of Σ y·dy with respect to a bias that is added to y: dbias[k] = Σ_{n,i,j} dy[n, i, j, k]. Sums
/// are float64. `dbias` has the geometry's outChannels.
void biasGradient(const Geometry& geometry, const float* dy, float* dbias);

}  // namespace depthwise
