#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "depthwise/layer.h"
#include "depthwise/memory.h"
#include "layer/random.h"

namespace depthwise {

/// `in`: the number of inputs that an output of a weight depends on. `out`: the number of outputs that an input
/// affects.
struct Fans {
  double in, out;
};
/// Returns the fans as Keras's compute_fans does for any kernel: for [kh, kw, C, M] in = kh·kw·C and out = kh·kw·M; for
/// a vector [n] both are n (tfjs: √n). The true number of inputs of a depthwise kernel is kh·kw, but weights that
/// differ from Keras's by a factor √C would surprise more.
Fans fansOf(std::span<const int64_t> shape);

/// Returns whether an initializer can fill a weight of this shape: kOrthogonal needs two dimensions, kIdentity a square
/// matrix.
bool fits(Initializer::Kind kind, std::span<const int64_t> shape);

/// Fills a weight. The initializer is checked and fits the shape, whose sizes are at least 1. An initializer with a
/// seed of its own does not use `seed`.
Status initialize(const Initializer& initializer, std::span<const int64_t> shape, uint64_t seed, float* out);

/// Fills a matrix [rows, columns] whose columns (rows, if it is wider than high) are orthogonal and of length |gain|,
/// uniformly distributed among all such matrices. As in Keras's Orthogonal, it is the Q of the factorization Q·R of a
/// matrix of standard normal numbers, with a positive diagonal of R (A. Saxe, J. McClelland, S. Ganguli, Exact
/// solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014,
/// https://arxiv.org/abs/1312.6120). Takes rows·columns·min(rows, columns) steps and 8 bytes of scratch memory per
/// element.
Status fillOrthogonal(RandomGenerator& random, size_t rows, size_t columns, double gain, float* out);

}  // namespace depthwise
