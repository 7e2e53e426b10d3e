#include "support/oracle.h"

#include <catch2/catch.hpp>

#include "support/convolution.h"
#include "support/stored_cases.h"

namespace depthwise {
namespace {

std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST_CASE("oracle: equals the stored results") {
  const std::vector<StoredCase> cases = readStoredCases();
  REQUIRE(cases.size() >= 12);
  for (const StoredCase& c : cases) {
    INFO(c.name);
    CHECK(oracle::forward(c.geometry, c.x, c.filter).values == doubles(c.y));
    CHECK(oracle::inputGradient(c.geometry, c.dy, c.filter).values == doubles(c.dx));
    CHECK(oracle::filterGradient(c.geometry, c.x, c.dy).values == doubles(c.dfilter));
  }
}

TEST_CASE("oracle: a convolution done by hand") {
  //   x  1 2 3      filter  1 10         y  1·1 + 2·10 + 4·100 + 5·1000 = 5421, …
  //      4 5 6              100 1000
  const Geometry g = geometryOf(Convolution({1, 2, 3, 1}, {2, 2, 1, 1}));
  const float x[] = {1, 2, 3, 4, 5, 6}, filter[] = {1, 10, 100, 1000}, dy[] = {1, 2};
  CHECK(oracle::forward(g, x, filter).values == std::vector<double>{5421, 6532});
  CHECK(oracle::inputGradient(g, dy, filter).values == std::vector<double>{1, 12, 20, 100, 1200, 2000});
  CHECK(oracle::filterGradient(g, x, dy).values == std::vector<double>{5, 8, 14, 17});
}

/// Returns Σ y·dy, the loss whose gradients the oracle computes.
double loss(const Geometry& g, const std::vector<float>& x, const std::vector<float>& filter,
            std::span<const float> dy) {
  const oracle::Sums y = oracle::forward(g, x, filter);
  double sum = 0;
  for (size_t i = 0; i < dy.size(); ++i) sum += y.values[i] * double{dy[i]};
  return sum;
}

TEST_CASE("oracle: its gradients are finite differences of its forward pass") {
  // The loss is linear in x and in the filter, and everything is a small integer: a step of 1 gives the exact gradient.
  for (const StoredCase& c : readStoredCases()) {
    INFO(c.name);
    std::vector<float> x = c.x, filter = c.filter;
    const double before = loss(c.geometry, x, filter, c.dy);
    const oracle::Sums dx = oracle::inputGradient(c.geometry, c.dy, filter);
    const oracle::Sums dfilter = oracle::filterGradient(c.geometry, x, c.dy);
    for (size_t i = 0; i < x.size(); ++i) {
      ++x[i];
      CHECK(loss(c.geometry, x, filter, c.dy) - before == dx.values[i]);
      --x[i];
    }
    for (size_t i = 0; i < filter.size(); ++i) {
      ++filter[i];
      CHECK(loss(c.geometry, x, filter, c.dy) - before == dfilter.values[i]);
      --filter[i];
    }
  }
}

}  // namespace
}  // namespace depthwise
