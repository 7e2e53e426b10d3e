#include "support/passes.h"

#include <catch2/catch.hpp>

#include <limits>
#include <utility>

#include "depthwise/convolution.h"
#include "support/compare.h"
#include "support/oracle.h"

namespace depthwise {
namespace {

float valueOf(Random& random, Values values) {
  return values == Values::kFractions ? 2 * random.unit() - 1 : static_cast<float>(random.within(-4, 4));
}

int shiftOf(const Problem& problem) { return static_cast<int>(reinterpret_cast<uintptr_t>(problem.x.data()) / 4 % 16); }

/// Runs `kernel` into a tensor of NaN and compares it.
template <class Kernel>
std::string wrongResult(std::string_view name, const Problem& problem, const Shape& shape, const oracle::Sums& expected,
                        int64_t terms, Kernel&& kernel) {
  GuardedTensor result(shape, shiftOf(problem) + 1);
  if (!kernel(result.data())) return std::string(name) + ": out of memory";
  for (const GuardedTensor* tensor : {&std::as_const(result), &problem.x, &problem.filter, &problem.dy}) {
    if (!tensor->guardsAreIntact()) return std::string(name) + ": a guard was written over";
  }
  return difference(name, result.values(), expected, problem.values == Values::kFractions ? terms : 0);
}

}  // namespace

void fill(GuardedTensor& tensor, Random& random, Values values) {
  for (float& value : tensor.values()) value = valueOf(random, values);
  if (values != Values::kSpecials || tensor.size() == 0) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::array<float, 3> specials{kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
  for (int count = random.within(0, 2); count > 0; --count) {
    tensor[static_cast<size_t>(random.within(0, static_cast<int>(tensor.size()) - 1))] = random.oneOf(specials);
  }
}

Problem::Problem(const Geometry& g, Random& random, Values valuesToUse, int shift)
    : geometry(g),
      values(valuesToUse),
      x(g.xShape(), shift),
      filter(g.filterShape(), shift + 3),
      dy(g.yShape(), shift + 6) {
  for (GuardedTensor* tensor : {&x, &filter, &dy}) fill(*tensor, random, values);
}

std::string wrongForward(const Problem& p) {
  const Geometry& g = p.geometry;
  return wrongResult("y", p, g.yShape(), oracle::forward(g, p.x.values(), p.filter.values()),
                     int64_t{g.height.taps} * g.width.taps,
                     [&](float* y) { return forward(g, p.x.data(), p.filter.data(), {}, y); });
}

std::string wrongInputGradient(const Problem& p) {
  const Geometry& g = p.geometry;
  return wrongResult("dx", p, g.xShape(), oracle::inputGradient(g, p.dy.values(), p.filter.values()),
                     int64_t{g.height.taps} * g.width.taps * g.multiplier,
                     [&](float* dx) { return inputGradient(g, p.dy.data(), p.filter.data(), dx); });
}

std::string wrongFilterGradient(const Problem& p) {
  const Geometry& g = p.geometry;
  return wrongResult("dfilter", p, g.filterShape(), oracle::filterGradient(g, p.x.values(), p.dy.values()),
                     int64_t{g.batch} * g.height.out * g.width.out,
                     [&](float* dfilter) { return filterGradient(g, p.x.data(), p.dy.data(), dfilter); });
}

std::string wrongPasses(const Problem& problem) {
  for (const WrongPass pass : {wrongForward, wrongInputGradient, wrongFilterGradient}) {
    const std::string text = pass(problem);
    if (!text.empty()) return text;
  }
  return "";
}

std::string wrong(WrongPass pass, const Convolution& convolution, Random& random) {
  const int shift = random.within(0, 15);
  return pass(Problem(geometryOf(convolution), random, Values::kIntegers, shift));
}

void checkGrid(WrongPass pass, const std::vector<Convolution>& grid, uint32_t seed) {
  Random random(seed);
  for (const Convolution& convolution : grid) {
    INFO(convolution.description());
    CHECK(wrong(pass, convolution, random) == "");
  }
}

}  // namespace depthwise
