#include "convolution_input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "support/random.h"
#include "require.h"

namespace depthwise::fuzz {
namespace {

using Pad = ConvolutionArguments::Pad;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<double, 24> kLimits{0,
                                         -0.0,
                                         -1,
                                         0.5,
                                         1.5,
                                         kNaN,
                                         std::numeric_limits<double>::infinity(),
                                         -std::numeric_limits<double>::infinity(),
                                         std::numeric_limits<double>::denorm_min(),
                                         std::numeric_limits<double>::max(),
                                         32767,
                                         65536,
                                         (1 << 29),
                                         (1 << 30) - 1,
                                         1 << 30,
                                         (1 << 30) + 1,
                                         2147483647.0,
                                         2147483648.0,
                                         4294967295.0,
                                         4294967296.0,
                                         9007199254740991.0,
                                         9007199254740992.0,
                                         9223372036854775808.0,
                                         -2147483648.0};
constexpr std::array<std::string_view, 6> kFormats{"NHWC", "NCHW", "channelsLast", "channelsFirst", "", "nhwc"};
constexpr std::array<std::string_view, 5> kPads{"same", "valid", "causal", "", "SAME"};
constexpr std::array<std::string_view, 5> kRoundings{"floor", "round", "ceil", "", "trunc"};

template <size_t Count>
std::string_view nameFrom(FuzzedDataProvider& bytes, const std::array<std::string_view, Count>& names, size_t good) {
  return names[bytes.ConsumeIntegralInRange<size_t>(0, good - 1)];
}

NumberList pairOf(double first, double second) { return {{first, second}, 2}; }

/// A step, as a rule a short one.
double step(FuzzedDataProvider& bytes) {
  const int kind = bytes.ConsumeIntegralInRange(0, 15);
  return kind == 0   ? bytes.ConsumeIntegralInRange(4, 40)
         : kind == 1 ? bytes.ConsumeIntegralInRange(1 << 20, 1 << 30)
                     : bytes.ConsumeIntegralInRange(1, 3);
}

double size(FuzzedDataProvider& bytes) {
  return bytes.ConsumeIntegralInRange(0, 7) == 0 ? bytes.ConsumeIntegralInRange(20, 150)
                                                 : bytes.ConsumeIntegralInRange(1, 20);
}

bool isFinite(float value) { return std::isfinite(value); }

double largestFinite(std::span<const float> values) {
  double most = 0;
  for (const float value : values) most = isFinite(value) ? std::max(most, std::abs(double{value})) : most;
  return most;
}

}  // namespace

double anyNumber(FuzzedDataProvider& bytes) {
  switch (bytes.ConsumeIntegralInRange(0, 5)) {
    case 0:
      return kLimits[bytes.ConsumeIntegralInRange<size_t>(0, kLimits.size() - 1)];
    case 1:
      return bytes.ConsumeFloatingPoint<double>();
    case 2:
      return bytes.ConsumeIntegral<int32_t>();
    default:
      return bytes.ConsumeIntegralInRange(0, 9);
  }
}

NumberList anyNumbers(FuzzedDataProvider& bytes, int most) {
  NumberList list{{}, bytes.ConsumeIntegralInRange(0, most)};
  for (int i = 0; i < std::min(list.count, int{NumberList::kKept}); ++i) list.values[i] = anyNumber(bytes);
  return list;
}

ConvolutionArguments hostileArguments(FuzzedDataProvider& bytes) {
  // Half of the time only a few arguments are replaced, lest the first check be the only one that is ever reached.
  ConvolutionArguments a = smallArguments(bytes);
  const uint32_t replaced = bytes.ConsumeIntegral<uint32_t>();
  const auto replaces = [&](int bit) { return (replaced >> bit & 3) == 3; };
  if (replaces(0)) a.xShape = anyNumbers(bytes, 12);
  if (replaces(2)) a.filterShape = anyNumbers(bytes, 12);
  if (replaces(4)) a.strides = anyNumbers(bytes, 12);
  if (replaces(6)) a.dilations = anyNumbers(bytes, 12);
  if (replaces(8)) a.dataFormat = nameFrom(bytes, kFormats, kFormats.size());
  if (replaces(10)) a.pad = static_cast<Pad>(bytes.ConsumeIntegralInRange(0, 2));
  if (replaces(12)) a.padName = nameFrom(bytes, kPads, kPads.size());
  if (replaces(14)) a.padNumber = anyNumber(bytes);
  if (replaces(16)) a.padPairCount = bytes.ConsumeIntegralInRange(0, 9);
  if (replaces(18)) a.padPairs[bytes.ConsumeIntegralInRange(0, 3)] = anyNumbers(bytes, 12);
  if (replaces(20)) a.dimRoundingMode = nameFrom(bytes, kRoundings, kRoundings.size());
  const auto replaceOne = [&](NumberList& list, int bit) {
    if (replaces(bit)) list.values[bytes.ConsumeIntegralInRange(0, 3)] = anyNumber(bytes);
  };
  replaceOne(a.xShape, 22);
  replaceOne(a.filterShape, 24);
  replaceOne(a.strides, 26);
  replaceOne(a.dilations, 28);
  if (replaces(30)) a.filterShape.values[2] = a.xShape.values[3];
  return a;
}

ConvolutionArguments smallArguments(FuzzedDataProvider& bytes) {
  ConvolutionArguments a{};
  a.function = "fuzz";
  const bool nchw = bytes.ConsumeBool();
  a.dataFormat = nchw ? "NCHW" : "NHWC";
  const double batch = bytes.ConsumeIntegralInRange(0, 7) % 4;
  const double height = size(bytes), width = size(bytes);
  constexpr std::array<double, 4> kMany{32, 64, 129, 256};
  const double channels = bytes.ConsumeIntegralInRange(0, 7) == 0
                              ? kMany[bytes.ConsumeIntegralInRange<size_t>(0, kMany.size() - 1)]
                              : bytes.ConsumeIntegralInRange(1, 18);
  const double multiplier = bytes.ConsumeBool() ? 1 : bytes.ConsumeIntegralInRange(1, 5);
  a.xShape = nchw ? NumberList{{batch, channels, height, width}, 4} : NumberList{{batch, height, width, channels}, 4};
  const double high = bytes.ConsumeIntegralInRange(1, 7), wide = bytes.ConsumeBool() ? high : size(bytes);
  a.filterShape = {{high, wide, channels, multiplier}, 4};
  const double down = step(bytes), tall = step(bytes);
  a.strides = bytes.ConsumeBool() ? NumberList{{down}, 1} : pairOf(down, step(bytes));
  a.dilations = bytes.ConsumeBool() ? NumberList{{tall}, 1} : pairOf(tall, step(bytes));
  a.pad = static_cast<Pad>(bytes.ConsumeIntegralInRange(0, 2));
  a.padName = nameFrom(bytes, kPads, 2);
  a.padNumber = bytes.ConsumeIntegralInRange(0, 8);
  a.padPairCount = 4;
  for (NumberList& pair : a.padPairs) pair = pairOf(0, 0);
  const int rows = nchw ? 2 : 1;
  for (const int axis : {rows, rows + 1}) {
    const double before = bytes.ConsumeIntegralInRange(0, 9);
    a.padPairs[axis] = pairOf(before, bytes.ConsumeIntegralInRange(0, 9));
  }
  if (a.pad != Pad::kName && bytes.ConsumeBool()) a.dimRoundingMode = nameFrom(bytes, kRoundings, 3);
  return a;
}

std::optional<Geometry> smallGeometry(FuzzedDataProvider& bytes) {
  constexpr double kMaxProducts = 30000;
  constexpr int64_t kMostElements = 20000;
  const Result<Geometry> geometry = checkConvolution(smallArguments(bytes));
  if (!geometry || productsOf(*geometry) > kMaxProducts) return std::nullopt;
  for (const Shape& shape : {geometry->xShape(), geometry->yShape(), geometry->filterShape()}) {
    if (elementCount(shape) > kMostElements) return std::nullopt;
  }
  return *geometry;
}

void fill(GuardedTensor& tensor, FuzzedDataProvider& bytes) {
  const int kind = bytes.ConsumeIntegralInRange(0, 3);
  Random random(bytes.ConsumeIntegral<uint32_t>());
  for (float& value : tensor.values()) {
    if (kind <= 1) {
      value = static_cast<float>(random.within(-4, 4));
    } else if (kind == 2) {
      value = 2 * random.unit() - 1;
    } else {
      const auto half = [&] { return static_cast<uint32_t>(random.within(0, 0xffff)); };
      const uint32_t bits = half() << 16 | half();
      std::memcpy(&value, &bits, sizeof value);
    }
  }
  for (int count = bytes.ConsumeIntegralInRange(0, 4); tensor.size() > 0 && count > 0; --count) {
    float& place = tensor[bytes.ConsumeIntegralInRange<size_t>(0, tensor.size() - 1)];
    const uint32_t bits = bytes.ConsumeIntegral<uint32_t>();
    std::memcpy(&place, &bits, sizeof place);
  }
}

void requireAgreement(const GuardedTensor& got, const oracle::Sums& expected, const Operands& operands,
                      std::string_view what) {
  require(got.guardsAreIntact(), "a guard was written over");
  require(got.size() == expected.values.size(), what);
  constexpr double kLargest = std::numeric_limits<float>::max();
  // Each product and each addition rounds once, by 2^-24 of its value or by 2^-150 where that is denormal.
  const double relative = 1.01 * 0x1p-24 * operands.terms, absolute = 0x1p-149 * operands.terms;
  const bool overflows = largestFinite(operands.a) * largestFinite(operands.b) * operands.terms > 0.99 * kLargest;
  for (size_t i = 0; i < got.size(); ++i) {
    const double value = got[i], sum = expected.values[i], magnitude = expected.magnitudes[i];
    if (std::isnan(sum)) {
      require(std::isnan(value), what);
    } else if (std::isinf(sum)) {
      require(value == sum || (overflows && !std::isfinite(value)), what);
    } else if (magnitude < 0.99 * kLargest) {
      require(std::abs(value - sum) <= relative * magnitude + absolute, what);
    }
  }
}

void requireSame(const GuardedTensor& a, const GuardedTensor& b, std::string_view what) {
  require(a.size() == b.size(), what);
  for (size_t i = 0; i < a.size(); ++i) require(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])), what);
}

}  // namespace depthwise::fuzz
