#pragma once

#include <string>

#include "support/convolution.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

/// Runs a pass between guarded tensors and compares the result with the oracle.
namespace depthwise {

/// The values of the tensors.
enum class Values {
  kIntegers,   ///< small: float32 sums are exact in any order, so the results must be exact
  kFractions,  ///< in [-1, 1)
  kSpecials,   ///< small integers, and a few NaN or infinities
};

void fill(GuardedTensor& tensor, Random& random, Values values);

/// The input tensors of the three passes.
struct Problem {
  /// `shift`: where x starts, in floats behind the start of a cache line. The other tensors start elsewhere.
  Problem(const Geometry& g, Random& random, Values values, int shift = 0);

  Geometry geometry;
  Values values;
  GuardedTensor x, filter, dy;
};

/// Returns what is wrong with the result of a pass (an element, a guard, a failure), or "".
std::string wrongForward(const Problem& problem);
std::string wrongInputGradient(const Problem& problem);
std::string wrongFilterGradient(const Problem& problem);
std::string wrongPasses(const Problem& problem);

/// As above, with small random integers as tensors.
using WrongPass = std::string (*)(const Problem&);
std::string wrong(WrongPass pass, const Convolution& convolution, Random& random);
/// Checks each convolution of a grid.
void checkGrid(WrongPass pass, const std::vector<Convolution>& grid, uint32_t seed);

}  // namespace depthwise
