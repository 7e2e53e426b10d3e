#pragma once

#include <string>
#include <vector>

#include "depthwise/geometry.h"

namespace depthwise {

/// A convolution with exact results, as tests/cases/small_integers.txt describes it.
struct StoredCase {
  std::string name;
  Geometry geometry;
  std::vector<float> x, filter, dy;
  std::vector<float> y, dx, dfilter;
};

std::vector<StoredCase> readStoredCases();

}  // namespace depthwise
