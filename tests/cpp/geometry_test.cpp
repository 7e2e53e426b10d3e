#include "depthwise/geometry.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <optional>
#include <sstream>

#include "support/convolution.h"
#include "support/random.h"

namespace depthwise {
namespace {

/// The output size and the padding of an axis, as TensorFlow and tfjs define them, in float64.
struct AxisSizes {
  int64_t out, padBefore;
};

/// One axis of a call.
struct AxisCase {
  int in, taps, stride, dilation, before, after;

  static AxisCase random(Random& random) {
    return {random.within(1, 40), random.within(1, 7), random.within(1, 5),
            random.within(1, 4),  random.within(0, 8), random.within(0, 8)};
  }
  int window() const { return taps + (taps - 1) * (dilation - 1); }

  /// TensorFlow: 'same' pads so that out = ⌈in / stride⌉, with the odd zero after the input.
  AxisSizes same() const {
    const int zeros = std::max(window() - (in % stride == 0 ? stride : in % stride), 0);
    return {static_cast<int64_t>(std::ceil(double(in) / stride)), zeros / 2};
  }
  /// tfjs: round((in − window + before + after) / stride + 1). Nothing if no window fits.
  std::optional<AxisSizes> padded(Rounding rounding) const {
    const int space = in + before + after - window();
    if (space < 0) return std::nullopt;
    const double out = double(space) / stride + 1;
    const double rounded = rounding == Rounding::kCeil    ? std::ceil(out)
                           : rounding == Rounding::kRound ? std::floor(out + 0.5)
                                                          : std::trunc(out);
    return AxisSizes{static_cast<int64_t>(rounded), before};
  }
};

Convolution convolution(const AxisCase& height, const AxisCase& width) {
  return Convolution({2, height.in, width.in, 3}, {height.taps, width.taps, 3, 2})
      .strides(height.stride, width.stride)
      .dilations(height.dilation, width.dilation);
}

/// Returns the difference of an axis from the expected one; "" if there is none.
std::string difference(const Axis& got, const AxisCase& axis, const AxisSizes& expected) {
  const bool same = got.in == axis.in && got.out == expected.out && got.taps == axis.taps &&
                    got.stride == (expected.out == 1 ? 1 : axis.stride) &&
                    got.dilation == (axis.taps == 1 ? 1 : axis.dilation) && got.padBefore == expected.padBefore;
  if (same) return "";
  std::ostringstream text;
  text << "out " << got.out << ", not " << expected.out << "; padBefore " << got.padBefore << ", not "
       << expected.padBefore;
  return text.str();
}

TEST_CASE("geometry: 'same' is TensorFlow's, for random axes in both layouts") {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    const AxisCase height = AxisCase::random(random), width = AxisCase::random(random);
    Convolution c = convolution(height, width).same();
    if (random.oneIn(2)) c.nchw();
    INFO(c.description());
    const Geometry g = geometryOf(c);
    CHECK(difference(g.height, height, height.same()) == "");
    CHECK(difference(g.width, width, width.same()) == "");
  }
}

TEST_CASE("geometry: explicit padding is tfjs's in every rounding mode, and refused if no window fits") {
  Random random(2);
  int computed = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    const AxisCase height = AxisCase::random(random), width = AxisCase::random(random);
    const Rounding rounding = random.oneOf(std::array{Rounding::kFloor, Rounding::kRound, Rounding::kCeil});
    Convolution c =
        convolution(height, width).pad(height.before, height.after, width.before, width.after).rounding(rounding);
    if (random.oneIn(2)) c.nchw();
    INFO(c.description());
    const auto expectedHeight = height.padded(rounding), expectedWidth = width.padded(rounding);
    const Result<Geometry> geometry = makeGeometry(c.params());
    REQUIRE(bool(geometry) == (expectedHeight && expectedWidth));
    geometry ? ++computed : ++refused;
    if (!geometry) continue;
    CHECK(difference(geometry->height, height, *expectedHeight) == "");
    CHECK(difference(geometry->width, width, *expectedWidth) == "");
  }
  CHECK(computed > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("geometry: 'valid' counts the windows inside of the input, whatever the rounding mode") {
  for (int in = 1; in <= 20; ++in) {
    for (int taps = 1; taps <= 4; ++taps) {
      for (int stride = 1; stride <= 4; ++stride) {
        for (int dilation = 1; dilation <= 3; ++dilation) {
          int windows = 0;
          for (int first = 0; first + (taps - 1) * dilation < in; first += stride) ++windows;
          const AxisCase axis{in, taps, stride, dilation, 0, 0};
          const Result<Geometry> geometry = makeGeometry(convolution(axis, axis).rounding(Rounding::kCeil).params());
          CHECK((geometry ? geometry->height.out : 0) == windows);
        }
      }
    }
  }
}

TEST_CASE("geometry: the tensors have their shapes in both layouts") {
  Convolution c = Convolution({2, 8, 9, 3}, {3, 2, 3, 4});
  const Geometry nhwc = geometryOf(c), nchw = geometryOf(c.nchw());
  CHECK(nhwc.xShape() == Shape{2, 8, 9, 3});
  CHECK(nhwc.yShape() == Shape{2, 6, 8, 12});
  CHECK(nchw.xShape() == Shape{2, 3, 8, 9});
  CHECK(nchw.yShape() == Shape{2, 12, 6, 8});
  CHECK(nhwc.filterShape() == Shape{3, 2, 3, 4});
  CHECK(nchw.filterShape() == Shape{3, 2, 3, 4});
}

TEST_CASE("geometry: a stride of 2^30 leaves one or two outputs, and a single tap has no dilation") {
  constexpr int64_t kMax = 1 << 30;
  const Geometry same = geometryOf(Convolution({1, 5, 6, 1}, {3, 3, 1, 1}).strides(kMax).same());
  CHECK(same.height.out == 1);
  CHECK(same.height.stride == 1);
  CHECK(same.height.padBefore == 0);
  CHECK(geometryOf(Convolution({1, 5, 6, 1}, {3, 3, 1, 1}).strides(kMax).pad(0).rounding(Rounding::kCeil)).width.out ==
        2);
  const Geometry oneTap = geometryOf(Convolution({1, 5, 6, 1}, {1, 1, 1, 1}).dilations(kMax));
  CHECK(oneTap.width.out == 6);
  CHECK(oneTap.width.dilation == 1);
}

TEST_CASE("geometry: the largest tensors are accepted") {
  constexpr int64_t kMax = 1 << 30;
  CHECK(geometryOf(Convolution({1, 1, 1, kMax}, {1, 1, kMax, 1})).channels == kMax);
  CHECK(geometryOf(Convolution({1, kMax, 1, 1}, {1, 1, 1, 1})).height.out == kMax);
  CHECK(geometryOf(Convolution({1, 1, 1, 1}, {1, 1, 1, kMax})).multiplier == kMax);
  CHECK(geometryOf(Convolution({1, 1, 1, 1}, {1, 1, 1, 1}).strides(1 << 16).pad((kMax - 2) / 2)).height.out == 1 << 14);
  CHECK(elementCount(geometryOf(Convolution({0, kMax, kMax, 1}, {1, 1, 1, 1})).yShape()) == 0);
}

TEST_CASE("geometry: a dense convolution has the axes of a depthwise one, and its own output channels") {
  const ConvParams params{.x = {2, 9, 8, 3}, .filter = {3, 2, 3, 7}, .strides = {2, 1}, .padding = Padding::same()};
  const Result<DenseGeometry> dense = makeDenseGeometry(params);
  REQUIRE(dense);
  CHECK(dense->xShape() == params.x);
  CHECK(dense->filterShape() == params.filter);
  CHECK(dense->yShape() == Shape{2, 5, 8, 7});
}

TEST_CASE("geometry: a pooling has the axes of a convolution, and the channels of x") {
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    const AxisCase height = AxisCase::random(random), width = AxisCase::random(random);
    Convolution c = convolution(height, width);
    random.oneIn(2) ? c.same() : c.pad(height.before, height.after, width.before, width.after);
    INFO(c.description());
    const ConvParams& p = c.params();
    const Result<Geometry> convolved = makeGeometry(p);
    const Result<PoolGeometry> pooled = makePoolGeometry({.x = p.x,
                                                          .filterSize = {height.taps, width.taps},
                                                          .strides = p.strides,
                                                          .dilations = p.dilations,
                                                          .padding = p.padding});
    REQUIRE(bool(pooled) == bool(convolved));
    if (!pooled) continue;
    CHECK(difference(pooled->height, height, {convolved->height.out, convolved->height.padBefore}) == "");
    CHECK(difference(pooled->width, width, {convolved->width.out, convolved->width.padBefore}) == "");
    CHECK(pooled->xShape() == Shape{2, height.in, width.in, 3});
    CHECK(pooled->yShape() == Shape{2, pooled->height.out, pooled->width.out, 3});
  }
}

/// Checks that one change of a valid convolution is refused with a code, and its operands where there are any.
void refuses(const std::function<void(ConvParams&)>& change, ErrorCode code, Argument argument,
             std::vector<double> operands = {}) {
  ConvParams params = Convolution({2, 8, 8, 3}, {3, 3, 3, 1}).params();
  REQUIRE(makeGeometry(params));
  change(params);
  const Error error = makeGeometry(params).error();
  CHECK(int(error.code) == int(code));
  CHECK(int(error.argument) == int(argument));
  for (size_t i = 0; i < operands.size(); ++i) CHECK(error.operands[i] == operands[i]);
}

TEST_CASE("geometry: every error has its code, its argument and its operands") {
  constexpr int64_t kMax = 1 << 30, kHuge = (int64_t{1} << 53) - 1;
  using Code = ErrorCode;
  for (size_t i = 0; i < 4; ++i) {
    refuses([&](ConvParams& p) { p.x[i] = i == 0 ? -1 : 0; }, Code::kSizes, Argument::kX);
    refuses([&](ConvParams& p) { p.filter[i] = 0; }, Code::kSizes, Argument::kFilter);
    refuses([&](ConvParams& p) { p.x[i] = kHuge; }, Code::kElements, Argument::kX);
    refuses([&](ConvParams& p) { p.filter[i] = kHuge; }, Code::kElements, Argument::kFilter);
  }
  refuses([](ConvParams& p) { p.x = {0, 1, 1, kMax + 1}; }, Code::kElements, Argument::kX);
  refuses([](ConvParams& p) { p.x = {1 << 16, 1 << 15, 1, 1}; }, Code::kElements, Argument::kX);
  for (size_t i = 0; i < 2; ++i) {
    for (const int64_t wrong : {int64_t{0}, int64_t{-1}, kMax + 1, kHuge}) {
      refuses([&](ConvParams& p) { p.strides[i] = wrong; }, Code::kSteps, Argument::kStrides);
      refuses([&](ConvParams& p) { p.dilations[i] = wrong; }, Code::kSteps, Argument::kDilations);
    }
  }
  for (const int64_t wrong : {int64_t{-1}, kMax + 1, kHuge}) {
    refuses([&](ConvParams& p) { p.padding = Padding::all(wrong); }, Code::kPad, Argument::kPad);
    refuses([&](ConvParams& p) { p.padding = {Padding::Kind::kExplicit, 0, 0, 0, wrong}; }, Code::kPad, Argument::kPad);
  }
  refuses([](ConvParams& p) { p.filter[2] = 4; }, Code::kChannels, Argument::kFilter, {4, 3});
  refuses([](ConvParams& p) { p.filter[0] = 9; }, Code::kWindow, Argument::kFilter, {0, 9, 9, 1, 8});
  refuses([](ConvParams& p) { p.dilations = {1, 4}; }, Code::kWindow, Argument::kFilter, {1, 9, 3, 4, 8});
  refuses(
      [](ConvParams& p) {
        p.dilations = {kMax, kMax}, p.padding = Padding::same();
      },
      Code::kPaddedSize, Argument::kDilations, {0, double(2 * kMax + 8)});
  refuses([](ConvParams& p) { p.padding = Padding::all(kMax); }, Code::kPaddedSize, Argument::kPad,
          {0, double(2 * kMax + 8)});
  refuses([](ConvParams& p) { p.padding = Padding::all(1 << 20); }, Code::kOutputElements, Argument::kNone,
          {2, (1 << 21) + 6, (1 << 21) + 6, 3});
}

TEST_CASE("geometry: a pooling refuses a filter size by kSteps") {
  const Error error = makePoolGeometry({.x = {1, 4, 4, 1}, .filterSize = {2, 0}}).error();
  CHECK(int(error.code) == int(ErrorCode::kSteps));
  CHECK(int(error.argument) == int(Argument::kFilter));
}

}  // namespace
}  // namespace depthwise
