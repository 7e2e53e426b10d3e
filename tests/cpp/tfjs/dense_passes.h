#pragma once

#include <string>
#include <vector>

#include "support/convolution.h"
#include "support/guarded_tensor.h"
#include "support/passes.h"
#include "support/random.h"

/// As passes.h and grids.h, of a dense convolution.
namespace depthwise {

/// The geometry; a test fails where there is none.
DenseGeometry denseGeometryOf(const Convolution& convolution);

struct DenseProblem {
  DenseProblem(const DenseGeometry& g, Random& random, Values values, int shift = 0);

  DenseGeometry geometry;
  Values values;
  GuardedTensor x, filter, dy;
};

/// What is wrong with the result of a pass: an element, a guard, a failure. "" where nothing is.
std::string wrongDenseInputGradient(const DenseProblem& problem);
std::string wrongDenseFilterGradient(const DenseProblem& problem);

using WrongDensePass = std::string (*)(const DenseProblem&);
/// With values of every kind, as checks of the test that calls it.
void checkDense(WrongDensePass pass, const std::vector<Convolution>& grid, uint32_t seed);

namespace dense_grids {

/// 1×1 to 7×7 and rectangular, with strides, dilations and paddings that combine.
std::vector<Convolution> filters();
/// Each remainder of rows and columns of a tile, and more channels than are worked on at once.
std::vector<Convolution> channels();
/// Batches 0 to 4, and more pixels than a block or a band of rows has.
std::vector<Convolution> pixels();
/// Images smaller than the filter, outputs that read padding alone, steps longer than 32 bits when multiplied.
std::vector<Convolution> extremes();

}  // namespace dense_grids

}  // namespace depthwise
