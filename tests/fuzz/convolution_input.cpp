#include "convolution_input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "require.h"
#include "support/random.h"

namespace depthwise::fuzz {
namespace {

constexpr std::array<int64_t, 14> kLimits{0,
                                          -1,
                                          32767,
                                          65536,
                                          1 << 29,
                                          (1 << 30) - 1,
                                          1 << 30,
                                          (1 << 30) + 1,
                                          2147483647,
                                          2147483648,
                                          4294967296,
                                          9007199254740991,
                                          -9007199254740991,
                                          -2147483648};

/// Returns a stride or a dilation, mostly a small one.
int64_t step(FuzzedDataProvider& bytes) {
  const int kind = bytes.ConsumeIntegralInRange(0, 15);
  return kind == 0   ? bytes.ConsumeIntegralInRange(4, 40)
         : kind == 1 ? bytes.ConsumeIntegralInRange(1 << 20, 1 << 30)
                     : bytes.ConsumeIntegralInRange(1, 3);
}

int64_t size(FuzzedDataProvider& bytes) {
  return bytes.ConsumeIntegralInRange(0, 7) == 0 ? bytes.ConsumeIntegralInRange(20, 150)
                                                 : bytes.ConsumeIntegralInRange(1, 20);
}

bool isFinite(float value) { return std::isfinite(value); }

double largestFinite(std::span<const float> values) {
  double max = 0;
  for (const float value : values) max = isFinite(value) ? std::max(max, std::abs(double{value})) : max;
  return max;
}

}  // namespace

int64_t anyNumber(FuzzedDataProvider& bytes) {
  switch (bytes.ConsumeIntegralInRange(0, 3)) {
    case 0:
      return kLimits[bytes.ConsumeIntegralInRange<size_t>(0, kLimits.size() - 1)];
    case 1:
      return bytes.ConsumeIntegral<int32_t>();
    default:
      return bytes.ConsumeIntegralInRange(0, 9);
  }
}

ConvParams hostileParams(FuzzedDataProvider& bytes) {
  // Only a few numbers are replaced. Otherwise the first check would refuse nearly every input.
  ConvParams p = smallParams(bytes);
  int64_t* const numbers[] = {&p.x[0],        &p.x[1],           &p.x[2],         &p.x[3],
                              &p.filter[0],   &p.filter[1],      &p.filter[2],    &p.filter[3],
                              &p.strides[0],  &p.strides[1],     &p.dilations[0], &p.dilations[1],
                              &p.padding.top, &p.padding.bottom, &p.padding.left, &p.padding.right};
  for (int count = bytes.ConsumeIntegralInRange(0, 3); count > 0; --count) {
    *numbers[bytes.ConsumeIntegralInRange<size_t>(0, std::size(numbers) - 1)] = anyNumber(bytes);
  }
  if (bytes.ConsumeBool()) p.filter[2] = p.x[p.layout == Layout::kNhwc ? 3 : 1];
  return p;
}

ConvParams smallParams(FuzzedDataProvider& bytes) {
  constexpr std::array<int64_t, 4> kMany{32, 64, 129, 256};
  ConvParams p;
  p.layout = bytes.ConsumeBool() ? Layout::kNchw : Layout::kNhwc;
  const int64_t channels = bytes.ConsumeIntegralInRange(0, 7) == 0
                               ? kMany[bytes.ConsumeIntegralInRange<size_t>(0, kMany.size() - 1)]
                               : bytes.ConsumeIntegralInRange(1, 18);
  const int64_t batch = bytes.ConsumeIntegralInRange(0, 7) % 4, height = size(bytes), width = size(bytes);
  p.x = imageShape(p.layout, batch, height, width, channels);
  const int64_t filterHeight = bytes.ConsumeIntegralInRange(1, 7);
  p.filter = {filterHeight, bytes.ConsumeBool() ? filterHeight : size(bytes), channels,
              bytes.ConsumeBool() ? 1 : bytes.ConsumeIntegralInRange(1, 5)};
  p.strides[0] = step(bytes);
  p.strides[1] = bytes.ConsumeBool() ? p.strides[0] : step(bytes);
  p.dilations[0] = step(bytes);
  p.dilations[1] = bytes.ConsumeBool() ? p.dilations[0] : step(bytes);
  p.padding.kind = static_cast<Padding::Kind>(bytes.ConsumeIntegralInRange(0, 2));
  for (int64_t* zeros : {&p.padding.top, &p.padding.bottom, &p.padding.left, &p.padding.right}) {
    *zeros = bytes.ConsumeIntegralInRange(0, 9);
  }
  p.rounding = static_cast<Rounding>(bytes.ConsumeIntegralInRange(0, 2));
  return p;
}

std::optional<Geometry> smallGeometry(FuzzedDataProvider& bytes) {
  constexpr double kMaxProducts = 30000;
  constexpr int64_t kMaxSize = 20000;
  const Result<Geometry> geometry = makeGeometry(smallParams(bytes));
  if (!geometry || productsOf(*geometry) > kMaxProducts) return std::nullopt;
  for (const Shape& shape : {geometry->xShape(), geometry->yShape(), geometry->filterShape()}) {
    if (elementCount(shape) > kMaxSize) return std::nullopt;
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
