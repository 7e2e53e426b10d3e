#pragma once

#include <string>

#include "support/convolution.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

/// One pass of a kernel between guarded tensors, compared with the oracle.
namespace depthwise {

/// What the tensors hold.
enum class Values {
  kIntegers,   ///< small: all sums are exact in float32, in any order, so the results must be exact too
  kFractions,  ///< in [-1, 1)
  kSpecials,   ///< small integers and here and there a NaN or an infinity
};

void fill(GuardedTensor& tensor, Random& random, Values values);

/// The three tensors that go into the passes of a geometry.
struct Problem {
  /// `shift`: where the tensors begin, in floats past a cache line; each of them elsewhere.
  Problem(const Geometry& g, Random& random, Values values, int shift = 0);

  Geometry geometry;
  Values values;
  GuardedTensor x, filter, dy;
};

/// What is wrong with the result of a pass: an element, a guard, a failure. "" where nothing is.
std::string wrongForward(const Problem& problem);
std::string wrongInputGradient(const Problem& problem);
std::string wrongFilterGradient(const Problem& problem);
std::string wrongPasses(const Problem& problem);

/// The same for small random integers.
using WrongPass = std::string (*)(const Problem&);
std::string wrong(WrongPass pass, const Convolution& convolution, Random& random);
/// And for each convolution of a grid, as checks of the test that calls it.
void checkGrid(WrongPass pass, const std::vector<Convolution>& grid, uint32_t seed);

}  // namespace depthwise
