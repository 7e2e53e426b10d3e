#include "depthwise/convolution.h"

#include "convolution_input.h"
#include "nn/activation.h"
#include "require.h"
#include "target.h"

/// forward against the oracle, and with an epilogue against forward alone and then the epilogue.
namespace depthwise::fuzz {
namespace {

constexpr Activation kActivations[] = {Activation::kLinear, Activation::kRelu,      Activation::kRelu6,
                                       Activation::kElu,    Activation::kLeakyRelu, Activation::kPrelu,
                                       Activation::kSigmoid};

/// Applies an epilogue to a tensor of y's shape, pixel by pixel.
void apply(const Epilogue& epilogue, const Geometry& g, GuardedTensor& y) {
  const size_t channels = static_cast<size_t>(g.outChannels());
  const size_t plane = static_cast<size_t>(g.height.out) * static_cast<size_t>(g.width.out);
  std::vector<float> pixel(channels);
  for (size_t i = 0; i < y.size() / channels; ++i) {
    const bool nhwc = g.layout == Layout::kNhwc;
    const size_t step = nhwc ? 1 : plane, first = nhwc ? i * channels : i / plane * plane * channels + i % plane;
    for (size_t c = 0; c < channels; ++c) pixel[c] = y[first + c * step];
    applyEpilogue(epilogue, pixel.data(), channels, 1, g.outChannels());
    for (size_t c = 0; c < channels; ++c) y[first + c * step] = pixel[c];
  }
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const std::optional<Geometry> geometry = smallGeometry(bytes);
  if (!geometry) return;
  const Geometry& g = *geometry;
  const int shift = bytes.ConsumeIntegralInRange(0, 15);
  GuardedTensor x(g.xShape(), shift), filter(g.filterShape(), shift + 3), y(g.yShape(), shift + 6),
      fused(g.yShape(), shift + 1), bias(g.outChannels(), shift + 5), slopes(g.outChannels(), shift + 2);
  for (GuardedTensor* tensor : {&x, &filter, &bias, &slopes}) fill(*tensor, bytes);
  require(bool(forward(g, x.data(), filter.data(), {}, y.data())), "out of memory");
  requireAgreement(y, oracle::forward(g, x.values(), filter.values()),
                   {x.values(), filter.values(), double(g.height.taps) * g.width.taps}, "y is wrong");

  Epilogue epilogue{bytes.ConsumeBool() ? bias.data() : nullptr, bytes.PickValueInArray(kActivations),
                    bytes.ConsumeFloatingPointInRange(-2.0f, 2.0f), slopes.data()};
  require(bool(forward(g, x.data(), filter.data(), epilogue, fused.data())), "out of memory");
  require(fused.guardsAreIntact(), "a guard was written over");
  apply(epilogue, g, y);
  requireSame(fused, y, "an epilogue changes y otherwise than it says");
}

}  // namespace depthwise::fuzz
