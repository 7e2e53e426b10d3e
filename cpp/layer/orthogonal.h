#pragma once

#include <cstddef>

#include "layer/random.h"
#include "depthwise/memory.h"

namespace depthwise {

/// A random matrix [rows, columns], row by row, whose columns (rows, if it is wider than high) are orthogonal and of
/// length |gain|, uniform among all such: the Q of the factorization Q·R of a matrix of standard normal numbers, with
/// the signs that make R's diagonal positive, as Keras's Orthogonal (A. Saxe, J. McClelland, S. Ganguli, Exact
/// solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014,
/// https://arxiv.org/abs/1312.6120). Takes rows·columns·min(rows, columns) steps and 8 bytes of scratch for each
/// element.
Status fillOrthogonal(RandomGenerator& random, size_t rows, size_t columns, double gain, float* out);

}  // namespace depthwise
