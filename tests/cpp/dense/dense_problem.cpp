#include "dense_problem.h"

#include <catch2/catch.hpp>
#include <utility>

#include "dense/dense.h"
#include "dense_oracle.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// Runs `kernel` with an output that holds NaN, and compares the output.
template <class Kernel>
std::string wrongResult(std::string_view name, const DenseProblem& problem, const Shape& shape,
                        const oracle::Sums& expected, int64_t terms, Kernel&& kernel) {
  GuardedTensor result(shape, problem.geometry.inChannels % 16);
  if (!kernel(result.data())) return std::string(name) + ": out of memory";
  for (const GuardedTensor* tensor : {&std::as_const(result), &problem.x, &problem.filter, &problem.dy}) {
    if (!tensor->guardsAreIntact()) return std::string(name) + ": a guard was written over";
  }
  return difference(name, result.values(), expected, problem.values == Values::kFractions ? terms : 0);
}

}  // namespace

DenseGeometry denseGeometryOf(const Convolution& convolution) {
  const Result<DenseGeometry> geometry = makeDenseGeometry(convolution.params());
  INFO(convolution.description());
  if (!geometry) FAIL("error code " << int(geometry.error().code));
  return *geometry;
}

DenseProblem::DenseProblem(const DenseGeometry& g, Random& random, Values valuesToUse, int shift)
    : geometry(g),
      values(valuesToUse),
      x(g.xShape(), shift),
      filter(g.filterShape(), shift + 3),
      dy(g.yShape(), shift + 6) {
  for (GuardedTensor* tensor : {&x, &filter, &dy}) fill(*tensor, random, values);
}

std::string wrongDenseForward(const DenseProblem& p) {
  const DenseGeometry& g = p.geometry;
  return wrongResult("y", p, g.yShape(), oracle::denseForward(g, p.x.values(), p.filter.values()),
                     int64_t{g.height.taps} * g.width.taps * g.inChannels,
                     [&](float* y) { return conv2dForward(g, p.x.data(), p.filter.data(), {}, y); });
}

std::string wrongDenseInputGradient(const DenseProblem& p) {
  const DenseGeometry& g = p.geometry;
  return wrongResult("dx", p, g.xShape(), oracle::denseInputGradient(g, p.dy.values(), p.filter.values()),
                     int64_t{g.height.taps} * g.width.taps * g.outChannels,
                     [&](float* dx) { return conv2dInputGradient(g, p.dy.data(), p.filter.data(), dx); });
}

std::string wrongDenseFilterGradient(const DenseProblem& p) {
  const DenseGeometry& g = p.geometry;
  return wrongResult("dfilter", p, g.filterShape(), oracle::denseFilterGradient(g, p.x.values(), p.dy.values()),
                     int64_t{g.batch} * g.height.out * g.width.out,
                     [&](float* dfilter) { return conv2dFilterGradient(g, p.x.data(), p.dy.data(), dfilter); });
}

namespace dense_grids {

using Pair = std::pair<int64_t, int64_t>;

std::vector<Convolution> filters() {
  std::vector<Convolution> all;
  for (const auto& [rows, columns] : {Pair{1, 1}, {2, 2}, {3, 3}, {5, 5}, {7, 7}, {1, 3}, {3, 1}, {4, 2}}) {
    for (const auto& [down, right] : {Pair{1, 1}, {2, 2}, {3, 3}, {1, 2}, {3, 1}}) {
      for (const auto& [high, wide] : {Pair{1, 1}, {2, 2}, {2, 1}, {1, 3}}) {
        for (const auto& [in, out] : {Pair{3, 5}, {4, 8}}) {
          Convolution base({1, 9, 11, in}, {rows, columns, in, out});
          base.strides(down, right).dilations(high, wide);
          const bool fits = (rows - 1) * high < 9 && (columns - 1) * wide < 11;
          all.push_back(base.same());
          if (fits) all.push_back(base.valid());
          all.push_back(base.pad(7));
          if (fits) all.push_back(base.pad(0, 3, 2, 1).rounding(Rounding::kCeil));
        }
      }
    }
  }
  return all;
}

std::vector<Convolution> channels() {
  std::vector<Convolution> all;
  const auto counts = {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 33};
  for (const int64_t in : counts) {
    for (const int64_t out : counts) {
      all.push_back(Convolution({2, 4, 5, in}, {1, 1, in, out}));
      all.push_back(Convolution({1, 5, 4, in}, {3, 2, in, out}).strides(2, 1).same());
      all.push_back(Convolution({1, 1, 1, in}, {1, 1, in, out}));
      all.push_back(Convolution({1, 2, 3, in}, {3, 3, in, out}).same());
    }
  }
  for (const auto& [in, out] : {Pair{60, 7}, {5, 60}, {48, 48}, {52, 52}, {3, 259}, {261, 5}, {270, 258}}) {
    all.push_back(Convolution({1, 3, 3, in}, {1, 1, in, out}));
    all.push_back(Convolution({1, 3, 3, in}, {2, 3, in, out}).same());
  }
  all.push_back(Convolution({1, 3, 4, 200}, {4, 3, 200, 210}).same());  // dfilter in several parts
  return all;
}

std::vector<Convolution> pixels() {
  std::vector<Convolution> all;
  for (int64_t batch : {0, 1, 2, 3, 4}) {
    for (const auto& [in, out] : {Pair{3, 8}, {5, 3}, {52, 4}, {4, 52}}) {
      all.push_back(Convolution({batch, 6, 7, in}, {1, 1, in, out}));
      all.push_back(Convolution({batch, 6, 7, in}, {1, 1, in, out}).strides(2));
      all.push_back(Convolution({batch, 6, 5, in}, {3, 3, in, out}).same());
      all.push_back(Convolution({batch, 9, 8, in}, {3, 3, in, out}).strides(2).same());
    }
  }
  for (int64_t width : {127, 128, 129, 1025, 9000}) {
    all.push_back(Convolution({1, 1, width, 3}, {1, 1, 3, 5}));
    all.push_back(Convolution({1, 1, width, 3}, {1, 1, 3, 5}).pad(1));
    all.push_back(Convolution({1, 3, width, 2}, {3, 3, 2, 3}).same());
    all.push_back(Convolution({1, width, 2, 3}, {3, 3, 3, 2}).same());
  }
  all.push_back(Convolution({3, 60, 61, 52}, {2, 1, 52, 3}).same());
  return all;
}

std::vector<Convolution> extremes() {
  constexpr int64_t kLong = 1 << 30;
  std::vector<Convolution> all;
  for (int64_t size : {1, 2, 3}) {
    for (int64_t taps : {1, 3, 5}) {
      for (int64_t stride : {1, 2, 5}) {
        for (int64_t dilation : {1, 2, 3}) {
          Convolution base({2, size, size + 1, 5}, {taps, taps, 5, 6});
          base.strides(stride).dilations(dilation);
          all.push_back(base.same());
          all.push_back(base.pad((taps - 1) * dilation));
          all.push_back(base.pad(2 * taps * dilation, 0, 0, 2 * taps * dilation));
        }
      }
    }
  }
  // Inputs that no output reads, in an image of one row or one column.
  all.push_back(Convolution({1, 1, 6, 8}, {1, 1, 8, 4}).strides(2, 1).pad(1, 1, 0, 0));
  all.push_back(Convolution({2, 1, 1, 100}, {2, 1, 100, 3}).strides(3).dilations(2, 3).pad(0, 2, 4, 4));
  all.push_back(Convolution({2, 10, 1, 40}, {1, 1, 40, 8}).strides(4, 1).pad(3, 2, 1, 1));
  all.push_back(Convolution({2, 10, 1, 40}, {1, 1, 40, 8}).strides(4, 1).pad(3, 2, 1, 1).nchw());
  // Outputs that read padding only, far from the image, and many channels.
  all.push_back(Convolution({1, 4, 4, 96}, {1, 1, 96, 2}).pad(0, 1000, 0, 0));
  all.push_back(Convolution({1, 8, 8, 3}, {3, 3, 3, 128}).strides(2));
  for (int64_t in : {3, 64}) {
    all.push_back(Convolution({1, 4, 5, in}, {3, 3, in, 4}).strides(kLong));
    all.push_back(Convolution({1, 4, 5, in}, {3, 3, in, 4}).strides(kLong).same());
    all.push_back(Convolution({1, 4, 5, in}, {3, 3, in, 4}).strides(kLong).pad(0).rounding(Rounding::kCeil));
    all.push_back(Convolution({1, 4, 5, in}, {1, 3, in, 4}).dilations(1, kLong / 4 - 1).same());
    all.push_back(Convolution({1, 1, 3, in}, {1, 2, in, 4})
                      .strides(1, kLong / 2 - 2)
                      .dilations(1, kLong / 2 - 1)
                      .pad(0, 0, kLong / 2, kLong / 2 - 3));
  }
  all.push_back(Convolution({1, 40, 41, 2}, {31, 37, 2, 3}));
  // More taps than the input gradient for few channels computes at once.
  all.push_back(Convolution({1, 1, 700, 1}, {1, 600, 1, 3}).same());
  return all;
}

std::vector<Convolution> nchw() {
  std::vector<Convolution> all;
  for (const auto& grid : {filters(), channels(), pixels(), extremes()}) {
    for (size_t i = 0; i < grid.size(); i += 4) all.push_back(Convolution(grid[i]).nchw());
  }
  // More images than are copied at a time, and a rest.
  all.push_back(Convolution({7, 180, 190, 5}, {2, 3, 5, 4}).strides(2).same().nchw());
  all.push_back(Convolution({7, 120, 160, 6}, {1, 1, 6, 5}).nchw());
  return all;
}

Convolution anyConvolution(Random& random) {
  const std::array<int64_t, 4> channels{1, 3, 8, 64};
  for (;;) {
    const auto size = [&](int max) { return int64_t{random.within(1, max)}; };
    const int64_t in = random.oneIn(2) ? random.oneOf(channels) : size(40), out = random.oneIn(3) ? size(70) : size(12);
    const int pixels = random.oneIn(3) ? 40 : 9;
    Convolution c({size(3), size(pixels), size(pixels), in}, {size(4), size(4), in, out});
    c.strides(size(3), size(3)).dilations(random.oneIn(2) ? 1 : size(3), random.oneIn(2) ? 1 : size(3));
    if (random.oneIn(2)) c.same();
    if (random.oneIn(3)) {
      const auto zeros = [&] { return int64_t{random.within(0, 4)}; };
      c.pad(zeros(), zeros(), zeros(), zeros())
          .rounding(random.oneOf(std::array{Rounding::kFloor, Rounding::kRound, Rounding::kCeil}));
    }
    if (random.oneIn(3)) c.nchw();
    const Result<DenseGeometry> g = makeDenseGeometry(c.params());
    if (g && elementCount(g->yShape()) * g->height.taps * g->width.taps * in <= 2'000'000) return c;
  }
}

}  // namespace dense_grids

}  // namespace depthwise
