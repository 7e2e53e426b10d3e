#include "convolution.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace depthwise {
namespace {

template <class Numbers>
std::string text(const Numbers& numbers) {
  std::ostringstream list;
  for (size_t i = 0; i < numbers.size(); ++i) list << (i ? "," : "[") << numbers[i];
  return list.str() + "]";
}

}  // namespace

Convolution& Convolution::nchw() {
  if (params_.layout == Layout::kNchw) return *this;
  const Shape& x = params_.x;
  params_.x = {x[0], x[3], x[1], x[2]};
  params_.layout = Layout::kNchw;
  return *this;
}

std::string Convolution::description() const {
  const Padding& p = params_.padding;
  std::ostringstream all;
  all << "x " << text(params_.x) << (params_.layout == Layout::kNchw ? " NCHW" : " NHWC") << ", filter "
      << text(params_.filter) << ", strides " << text(params_.strides) << ", dilations " << text(params_.dilations)
      << ", padding ";
  if (p.kind == Padding::Kind::kSame) all << "same";
  if (p.kind == Padding::Kind::kValid) all << "valid";
  if (p.kind == Padding::Kind::kExplicit) {
    all << p.top << "," << p.bottom << "," << p.left << "," << p.right << " (top, bottom, left, right), rounding "
        << int(params_.rounding);
  }
  return all.str();
}

Geometry geometryOf(const Convolution& convolution) {
  const Result<Geometry> geometry = makeGeometry(convolution.params());
  INFO(convolution.description());
  if (!geometry) FAIL("error code " << int(geometry.error().code));
  return *geometry;
}

}  // namespace depthwise
