#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "depthwise/convolution.h"
#include "support/guarded_tensor.h"
#include "support/oracle.h"
#include "support/passes.h"

namespace depthwise {

/// Returns the largest relative error of the filter gradient if all products are positive. A plain float32 sum of
/// 800,000 terms has an error of about 1e-3.
inline double filterGradientError(const Convolution& convolution) {
  const Geometry g = geometryOf(convolution);
  Random random(1);
  GuardedTensor x(g.xShape(), 0), dy(g.yShape(), 0), dfilter(g.filterShape(), 0);
  for (GuardedTensor* tensor : {&x, &dy}) {
    for (float& value : tensor->values()) value = random.unit();
  }
  REQUIRE(filterGradient(g, x.data(), dy.data(), dfilter.data()));
  const oracle::Sums expected = oracle::filterGradient(g, x.values(), dy.values());
  double max = 0;
  for (size_t i = 0; i < dfilter.size(); ++i) {
    max = std::max(max, std::abs(double{dfilter[i]} - expected.values[i]) / expected.values[i]);
  }
  return max;
}

}  // namespace depthwise
