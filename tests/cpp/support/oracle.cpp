#include "support/oracle.h"

#include <cmath>

namespace depthwise::oracle {
namespace {

size_t indexOf(Layout layout, const Shape& shape, int image, int row, int column, int channel) {
  const Shape at = layout == Layout::kNhwc ? Shape{image, row, column, channel} : Shape{image, channel, row, column};
  size_t index = 0;
  for (size_t i = 0; i < 4; ++i) index = index * static_cast<size_t>(shape[i]) + static_cast<size_t>(at[i]);
  return index;
}

int64_t inputOf(const Axis& axis, int output, int tap) {
  return int64_t{output} * axis.stride + int64_t{tap} * axis.dilation - axis.padBefore;
}

bool isInside(const Axis& axis, int64_t input) { return input >= 0 && input < axis.in; }

/// All products of the definition, as indices: y[yi] is the sum of x[xi]·filter[fi]. The gradients of Σ y·dy follow
/// from the same products: dx[xi] is the sum of dy[yi]·filter[fi], dfilter[fi] that of x[xi]·dy[yi].
template <class Visit>
void forEachProduct(const Geometry& g, Visit&& visit) {
  for (int n = 0; n < g.batch; ++n) {
    for (int i = 0; i < g.height.out; ++i) {
      for (int p = 0; p < g.height.taps; ++p) {
        const int64_t row = inputOf(g.height, i, p);
        if (!isInside(g.height, row)) continue;
        for (int j = 0; j < g.width.out; ++j) {
          for (int q = 0; q < g.width.taps; ++q) {
            const int64_t column = inputOf(g.width, j, q);
            if (!isInside(g.width, column)) continue;
            for (int c = 0; c < g.channels; ++c) {
              const size_t xi = indexOf(g.layout, g.xShape(), n, static_cast<int>(row), static_cast<int>(column), c);
              for (int m = 0; m < g.multiplier; ++m) {
                const size_t yi = indexOf(g.layout, g.yShape(), n, i, j, c * g.multiplier + m);
                const size_t fi = indexOf(Layout::kNhwc, g.filterShape(), p, q, c, m);
                visit(xi, fi, yi);
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace

void Sums::add(size_t i, double product) {
  values[i] += product;
  magnitudes[i] += std::abs(product);
}

Sums forward(const Geometry& g, std::span<const float> x, std::span<const float> filter) {
  Sums y(elementCount(g.yShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { y.add(yi, double{x[xi]} * double{filter[fi]}); });
  return y;
}

Sums inputGradient(const Geometry& g, std::span<const float> dy, std::span<const float> filter) {
  Sums dx(elementCount(g.xShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { dx.add(xi, double{dy[yi]} * double{filter[fi]}); });
  return dx;
}

Sums filterGradient(const Geometry& g, std::span<const float> x, std::span<const float> dy) {
  Sums dfilter(elementCount(g.filterShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { dfilter.add(fi, double{x[xi]} * double{dy[yi]}); });
  return dfilter;
}

}  // namespace depthwise::oracle
