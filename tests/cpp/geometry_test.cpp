#include "geometry.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "support/axis_oracle.h"
#include "support/convolution.h"
#include "support/random.h"

namespace depthwise {
namespace {

/// One axis as a caller gives it, and what the oracle makes of it.
struct AskedAxis {
  int in, taps, stride, dilation, before, after;

  static AskedAxis random(Random& random) {
    return {random.within(1, 40), random.within(1, 7), random.within(1, 5),
            random.within(1, 4),  random.within(0, 8), random.within(0, 8)};
  }
  std::optional<oracle::AxisSizes> padded(std::string_view rounding) const {
    return oracle::padded(in, taps, stride, dilation, before, after, rounding);
  }
  oracle::AxisSizes same() const { return oracle::same(in, taps, stride, dilation); }
};

Convolution convolution(const AskedAxis& height, const AskedAxis& width) {
  Convolution c({2, double(height.in), double(width.in), 3}, {double(height.taps), double(width.taps), 3, 2});
  c.strides(height.stride, width.stride).dilations(height.dilation, width.dilation);
  return c;
}

std::string wrongAxis(const Axis& got, const AskedAxis& asked, const oracle::AxisSizes& expected) {
  const Axis axis{asked.in,
                  static_cast<int32_t>(expected.out),
                  asked.taps,
                  expected.out == 1 ? 1 : asked.stride,
                  asked.taps == 1 ? 1 : asked.dilation,
                  static_cast<int32_t>(expected.padBefore)};
  const bool same = got.in == axis.in && got.out == axis.out && got.taps == axis.taps && got.stride == axis.stride &&
                    got.dilation == axis.dilation && got.padBefore == axis.padBefore;
  if (same) return "";
  std::ostringstream text;
  text << "out " << got.out << ", not " << axis.out << "; padBefore " << got.padBefore << ", not " << axis.padBefore;
  return text.str();
}

TEST_CASE("geometry: 'same' is TensorFlow's, for random axes in both layouts") {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    const AskedAxis height = AskedAxis::random(random), width = AskedAxis::random(random);
    Convolution c = convolution(height, width).same();
    if (random.oneIn(2)) c.nchw();
    INFO(c.description());
    const Geometry g = geometryOf(c);
    CHECK(wrongAxis(g.height, height, height.same()) == "");
    CHECK(wrongAxis(g.width, width, width.same()) == "");
  }
}

TEST_CASE("geometry: numeric padding is tfjs's with every rounding mode, and refused where not one window fits") {
  Random random(2);
  int computed = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    const AskedAxis height = AskedAxis::random(random), width = AskedAxis::random(random);
    const char* const rounding = random.oneOf(std::array{"", "floor", "round", "ceil"});
    Convolution c =
        convolution(height, width).pad(height.before, height.after, width.before, width.after).rounding(rounding);
    if (random.oneIn(2)) c.nchw();
    INFO(c.description());
    const auto expectedHeight = height.padded(rounding), expectedWidth = width.padded(rounding);
    const Result<Geometry> geometry = checkConvolution(c.arguments());
    REQUIRE(bool(geometry) == (expectedHeight && expectedWidth));
    geometry ? ++computed : ++refused;
    if (!geometry) continue;
    CHECK(wrongAxis(geometry->height, height, *expectedHeight) == "");
    CHECK(wrongAxis(geometry->width, width, *expectedWidth) == "");
  }
  CHECK(computed > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("geometry: one number pads all four sides, and 'valid' none") {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    AskedAxis height = AskedAxis::random(random), width = AskedAxis::random(random);
    const int pad = random.within(0, 8);
    height.before = height.after = width.before = width.after = pad;
    Convolution c = convolution(height, width);
    pad == 0 ? c.padName("valid") : c.pad(pad);
    INFO(c.description());
    const auto expectedHeight = height.padded(""), expectedWidth = width.padded("");
    const Result<Geometry> geometry = checkConvolution(c.arguments());
    REQUIRE(bool(geometry) == (expectedHeight && expectedWidth));
    if (!geometry) continue;
    CHECK(wrongAxis(geometry->height, height, *expectedHeight) == "");
    CHECK(wrongAxis(geometry->width, width, *expectedWidth) == "");
  }
}

TEST_CASE("geometry: 'valid' is the number of windows that lie inside, counted") {
  for (int in = 1; in <= 20; ++in) {
    for (int taps = 1; taps <= 4; ++taps) {
      for (int stride = 1; stride <= 4; ++stride) {
        for (int dilation = 1; dilation <= 3; ++dilation) {
          int windows = 0;
          for (int first = 0; first + (taps - 1) * dilation < in; first += stride) ++windows;
          const AskedAxis axis{in, taps, stride, dilation, 0, 0};
          const Result<Geometry> geometry = checkConvolution(convolution(axis, axis).arguments());
          CHECK((geometry ? geometry->height.out : 0) == windows);
        }
      }
    }
  }
}

TEST_CASE("geometry: 'same' puts the odd pixel at the bottom and right") {
  const Geometry g = geometryOf(Convolution({1, 224, 225, 3}, {3, 4, 3, 1}).strides(2, 1).same());
  CHECK(g.height.out == 112);
  CHECK(g.height.padBefore == 0);  // one row, and it is below
  CHECK(g.width.out == 225);
  CHECK(g.width.padBefore == 1);  // three columns, and two are on the right
}

TEST_CASE("geometry: half is rounded up, as Math.round does") {
  // (8 − 3) / 2 + 1 = 3.5
  const auto out = [](std::string_view mode) {
    return geometryOf(Convolution({1, 8, 8, 1}, {3, 3, 1, 1}).strides(2).pad(0).rounding(mode)).height.out;
  };
  CHECK(out("") == 3);
  CHECK(out("floor") == 3);
  CHECK(out("round") == 4);
  CHECK(out("ceil") == 4);
}

TEST_CASE("geometry: shapes of all tensors, in both layouts") {
  Convolution c = Convolution({2, 8, 9, 3}, {3, 2, 3, 4});
  const Geometry nhwc = geometryOf(c), nchw = geometryOf(c.nchw());
  CHECK(nhwc.xShape() == Shape{2, 8, 9, 3});
  CHECK(nhwc.yShape() == Shape{2, 6, 8, 12});
  CHECK(nchw.xShape() == Shape{2, 3, 8, 9});
  CHECK(nchw.yShape() == Shape{2, 12, 6, 8});
  CHECK(nhwc.filterShape() == Shape{3, 2, 3, 4});
  CHECK(nchw.filterShape() == Shape{3, 2, 3, 4});
  CHECK(nhwc.layout == Layout::kNhwc);
  CHECK(nchw.layout == Layout::kNchw);
}

TEST_CASE("geometry: a single output has no stride and a single tap no dilation") {
  const Geometry g = geometryOf(Convolution({1, 5, 5, 1}, {5, 1, 1, 1}).strides(7, 2).dilations(1, 9));
  CHECK(g.height.stride == 1);
  CHECK(g.width.stride == 2);
  CHECK(g.width.dilation == 1);
}

TEST_CASE("geometry: one stride or dilation stands for both axes") {
  ConvolutionArguments a = Convolution({1, 12, 12, 1}, {3, 3, 1, 1}).arguments();
  a.strides = numberList({2});
  a.dilations = numberList({3});
  const Result<Geometry> g = checkConvolution(a);
  REQUIRE(g);
  CHECK(g->height.stride == 2);
  CHECK(g->width.stride == 2);
  CHECK(g->height.dilation == 3);
  CHECK(g->width.dilation == 3);
}

TEST_CASE("geometry: Keras's names for the layouts") {
  ConvolutionArguments a = Convolution({1, 4, 5, 6}, {1, 1, 6, 1}).arguments();
  a.dataFormat = "channelsLast";
  CHECK(checkConvolution(a)->layout == Layout::kNhwc);
  a.dataFormat = "channelsFirst";
  a.filterShape = numberList({1, 1, 4, 1});
  REQUIRE(checkConvolution(a));
  CHECK(checkConvolution(a)->layout == Layout::kNchw);
  CHECK(checkConvolution(a)->width.in == 6);
}

TEST_CASE("geometry: steps longer than everything leave one output") {
  const double longest = 1 << 30;
  const Geometry same = geometryOf(Convolution({1, 5, 6, 1}, {3, 3, 1, 1}).strides(longest).same());
  CHECK(same.height.out == 1);
  CHECK(same.height.padBefore == 0);
  CHECK(geometryOf(Convolution({1, 5, 6, 1}, {3, 3, 1, 1}).strides(longest)).width.out == 1);
  CHECK(geometryOf(Convolution({1, 5, 6, 1}, {1, 1, 1, 1}).dilations(longest)).width.out == 6);
  CHECK(geometryOf(Convolution({1, 5, 6, 1}, {3, 3, 1, 1}).strides(longest).pad(0).rounding("ceil")).width.out == 2);
}

TEST_CASE("geometry: the largest tensors that are allowed") {
  const double most = 1 << 30;
  CHECK(geometryOf(Convolution({1, 1, 1, most}, {1, 1, most, 1})).channels == 1 << 30);
  CHECK(geometryOf(Convolution({1, most, 1, 1}, {1, 1, 1, 1})).height.out == 1 << 30);
  CHECK(geometryOf(Convolution({1, 1, 1, 1}, {1, 1, 1, most})).multiplier == 1 << 30);
  CHECK(geometryOf(Convolution({1, 1, 1, 1}, {1, 1, 1, 1}).strides(1 << 16).pad((most - 2) / 2)).height.out == 1 << 14);
  CHECK(elementCount(geometryOf(Convolution({0, most, most, 1}, {1, 1, 1, 1})).yShape()) == 0);
}

TEST_CASE("geometry: pooling has the axes of a convolution, and x's channels") {
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    const AskedAxis height = AskedAxis::random(random), width = AskedAxis::random(random);
    Convolution c = convolution(height, width);
    random.oneIn(2) ? c.same() : c.pad(height.before, height.after, width.before, width.after);
    INFO(c.description());
    const Result<Geometry> convolved = checkConvolution(c.arguments());
    ConvolutionArguments a = c.arguments();
    a.filterShape = numberList({double(height.taps), double(width.taps)});
    const Result<PoolGeometry> pooled = checkPool(a);
    REQUIRE(bool(pooled) == bool(convolved));
    if (!pooled) continue;
    CHECK(wrongAxis(pooled->height, height, {convolved->height.out, convolved->height.padBefore}) == "");
    CHECK(wrongAxis(pooled->width, width, {convolved->width.out, convolved->width.padBefore}) == "");
    CHECK(pooled->xShape() == Shape{2, height.in, width.in, 3});
    CHECK(pooled->yShape() == Shape{2, pooled->height.out, pooled->width.out, 3});
  }
}

TEST_CASE("geometry: a pooling window may be one number, and larger than any filter with channels") {
  const Result<PoolGeometry> g = checkPool(Convolution({1, 9, 8, 5}, {3}).strides(2).arguments());
  REQUIRE(g);
  CHECK(g->yShape() == Shape{1, 4, 3, 5});
  const Result<PoolGeometry> wide = checkPool(Convolution({1, 1, 1, 1 << 20}, {1000, 1000}).same().arguments());
  REQUIRE(wide);
  CHECK(wide->height.taps == 1000);
  CHECK(wide->yShape() == Shape{1, 1, 1, 1 << 20});
}

}  // namespace
}  // namespace depthwise
