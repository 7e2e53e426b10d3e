#include "dense_oracle.h"

namespace depthwise::oracle {
namespace {

/// Calls visit(output, input) for all outputs of an axis that read an input at `tap`.
template <class Visit>
void forEachPair(const Axis& axis, int tap, Visit&& visit) {
  for (int64_t out = 0; out < axis.out; ++out) {
    const int64_t in = out * axis.stride + int64_t{tap} * axis.dilation - axis.padBefore;
    if (in >= 0 && in < axis.in) visit(out, in);
  }
}

size_t indexOf(Layout layout, int64_t height, int64_t width, int64_t channels, int64_t image, int64_t row,
               int64_t column, int64_t channel) {
  return static_cast<size_t>(layout == Layout::kNhwc ? ((image * height + row) * width + column) * channels + channel
                                                     : ((image * channels + channel) * height + row) * width + column);
}

/// All products of the definition, as indices of x, filter and y.
template <class Visit>
void forEachProduct(const DenseGeometry& g, Visit&& visit) {
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int p = 0; p < g.height.taps; ++p) {
      for (int q = 0; q < g.width.taps; ++q) {
        forEachPair(g.height, p, [&](int64_t i, int64_t row) {
          forEachPair(g.width, q, [&](int64_t j, int64_t column) {
            const int64_t tap = (int64_t{p} * g.width.taps + q) * g.inChannels;
            for (int64_t c = 0; c < g.inChannels; ++c) {
              const size_t x = indexOf(g.layout, g.height.in, g.width.in, g.inChannels, n, row, column, c);
              for (int64_t o = 0; o < g.outChannels; ++o) {
                const size_t y = indexOf(g.layout, g.height.out, g.width.out, g.outChannels, n, i, j, o);
                visit(x, static_cast<size_t>((tap + c) * g.outChannels + o), y);
              }
            }
          });
        });
      }
    }
  }
}

}  // namespace

Sums denseForward(const DenseGeometry& g, std::span<const float> x, std::span<const float> filter) {
  Sums y(elementCount(g.yShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { y.add(yi, double{x[xi]} * double{filter[fi]}); });
  return y;
}

Sums denseInputGradient(const DenseGeometry& g, std::span<const float> dy, std::span<const float> filter) {
  Sums dx(elementCount(g.xShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { dx.add(xi, double{dy[yi]} * double{filter[fi]}); });
  return dx;
}

Sums denseFilterGradient(const DenseGeometry& g, std::span<const float> x, std::span<const float> dy) {
  Sums dfilter(elementCount(g.filterShape()));
  forEachProduct(g, [&](size_t xi, size_t fi, size_t yi) { dfilter.add(fi, double{x[xi]} * double{dy[yi]}); });
  return dfilter;
}

}  // namespace depthwise::oracle
