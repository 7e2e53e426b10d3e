#include "layer/orthogonal.h"

#include <algorithm>
#include <cmath>

namespace depthwise {
namespace {

double dot(const double* a, const double* b, size_t length) {
  double sum = 0;
  for (size_t i = 0; i < length; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

// Gram-Schmidt, each vector twice: once leaves an error of the size that the vector had before its parts along the
// others were taken away; twice is enough (L. Giraud, J. Langou, M. Rozložník, The loss of orthogonality in the
// Gram-Schmidt orthogonalization process, 2005). Each vector ends as a positive multiple of what is left of it, which
// is what a positive diagonal of R says.
Status fillOrthogonal(RandomGenerator& random, size_t rows, size_t columns, double gain, float* out) {
  const size_t length = std::max(rows, columns), count = std::min(rows, columns);
  Buffer<double> vectors(uint64_t{length} * count);
  if (const Status status = vectors.status(); !status) return status;

  for (size_t i = 0; i < length; ++i) {
    for (size_t k = 0; k < count; ++k) vectors[k * length + i] = random.normal();
  }
  for (size_t k = 0; k < count; ++k) {
    double* const vector = &vectors[k * length];
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t other = 0; other < k; ++other) {
        const double* const unit = &vectors[other * length];
        const double along = dot(vector, unit, length);
        for (size_t i = 0; i < length; ++i) vector[i] -= along * unit[i];
      }
    }
    const double norm = std::sqrt(dot(vector, vector, length));
    for (size_t i = 0; i < length; ++i) vector[i] /= norm;
  }
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      const double value = rows >= columns ? vectors[column * length + row] : vectors[row * length + column];
      out[row * columns + column] = static_cast<float>(gain * value);
    }
  }
  return {};
}

}  // namespace depthwise
