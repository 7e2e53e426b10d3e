#pragma once

#include <string>
#include <vector>

#include "support/convolution.h"
#include "support/guarded_tensor.h"
#include "support/passes.h"
#include "support/random.h"

/// Tensors of a dense convolution, and lists of convolutions to test.
namespace depthwise {

/// Returns the geometry of a convolution, and fails the test if the convolution is not valid.
DenseGeometry denseGeometryOf(const Convolution& convolution);

/// The inputs of all passes of a geometry. `shift` floats past a cache line, x begins.
struct DenseProblem {
  DenseProblem(const DenseGeometry& g, Random& random, Values values, int shift = 0);

  DenseGeometry geometry;
  Values values;
  GuardedTensor x, filter, dy;
};

/// Compares a pass with the oracle. Returns the first difference, or "".
std::string wrongDenseForward(const DenseProblem& problem);
std::string wrongDenseInputGradient(const DenseProblem& problem);
std::string wrongDenseFilterGradient(const DenseProblem& problem);

namespace dense_grids {

/// 1×1 to 7×7 and rectangular filters, combined with strides, dilations and paddings.
std::vector<Convolution> filters();
/// Each remainder of rows and columns of a tile, and more channels than one range or one tile of dfilter.
std::vector<Convolution> channels();
/// Batches 0 to 4, and more pixels than a block, a group of rows or a group of blocks.
std::vector<Convolution> pixels();
/// Images smaller than the filter, outputs that read only padding, strides that exceed 32 bits when multiplied.
std::vector<Convolution> extremes();
/// Some of the convolutions above in NCHW, and more images than are copied at a time.
std::vector<Convolution> nchw();

/// Returns a valid convolution of at most two million products with random sizes, strides, dilations and padding.
Convolution anyConvolution(Random& random);

}  // namespace dense_grids

}  // namespace depthwise
