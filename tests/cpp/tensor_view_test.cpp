#include "tensor_view.h"

#include <catch2/catch.hpp>

#include "support/convolution.h"

namespace depthwise {
namespace {

TEST_CASE("tensor view: addresses pixels and channels of NHWC") {
  const Geometry g = geometryOf(Convolution({2, 3, 4, 5}, {2, 1, 5, 3}));
  float data[240];
  const TensorView<float> x = viewX(g, data), y = viewY(g, data);
  CHECK(x.channelsAreAdjacent());
  CHECK(x.pixel(1, 2, 3) == data + ((1 * 3 + 2) * 4 + 3) * 5);
  CHECK(y.pixel(1, 1, 3) == data + ((1 * 2 + 1) * 4 + 3) * 15);
}

TEST_CASE("tensor view: addresses pixels and channels of NCHW") {
  const Geometry g = geometryOf(Convolution({2, 3, 4, 5}, {2, 1, 5, 3}).nchw());
  float data[240];
  const TensorView<float> x = viewX(g, data), y = viewY(g, data);
  CHECK_FALSE(x.channelsAreAdjacent());
  CHECK(x.pixel(1, 2, 3) + 4 * x.channelStride == data + ((1 * 5 + 4) * 3 + 2) * 4 + 3);
  CHECK(y.pixel(1, 1, 3) + 14 * y.channelStride == data + ((1 * 15 + 14) * 2 + 1) * 4 + 3);
}

}  // namespace
}  // namespace depthwise
