#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "dense/dense.h"
#include "depthwise/depthwise.h"

/// The calls that the native programs of this folder measure: layers of networks, some of the rows of `npm run bench`.
namespace depthwise {

enum class CallPass { kForward, kInputGradient, kFilterGradient };

/// A pass of a layer. It reads two tensors of aSize and bSize floats and writes a tensor of outSize floats.
struct Call {
  std::string name;  ///< of the layer
  ConvParams params;
  bool isDense;
  CallPass pass;
  double flops;  ///< multiplications and additions; those on padding do not count
  int64_t aSize, bSize, outSize;
  std::function<Status(const float* a, const float* b, float* out)> run;
};

/// Returns how many products of an axis do not read padding.
inline double productsAlong(const Axis& axis) {
  double products = 0;
  for (int tap = 0; tap < axis.taps; ++tap) {
    const OutputRange inside = outputsInside(axis, tap);
    products += inside.end - inside.first;
  }
  return products;
}

/// Adds the passes of a layer. `g`: a Geometry or a DenseGeometry.
template <class AnyGeometry>
void addCalls(const std::string& name, const ConvParams& params, const AnyGeometry& g, std::vector<Call>& calls) {
  constexpr bool kIsDense = std::is_same_v<AnyGeometry, DenseGeometry>;
  const int64_t x = elementCount(g.xShape()), y = elementCount(g.yShape()), filter = elementCount(g.filterShape());
  const double pairs = static_cast<double>(params.filter[2]) * static_cast<double>(params.filter[3]);  // of channels
  const double flops = 2 * productsAlong(g.height) * productsAlong(g.width) * g.batch * pairs;
  const auto forwardPass = [g](const float* a, const float* b, float* out) {
    if constexpr (kIsDense) return conv2dForward(g, a, b, {}, out);
    if constexpr (!kIsDense) return forward(g, a, b, {}, out);
  };
  const auto inputPass = [g](const float* a, const float* b, float* out) {
    if constexpr (kIsDense) return conv2dInputGradient(g, a, b, out);
    if constexpr (!kIsDense) return inputGradient(g, a, b, out);
  };
  const auto filterPass = [g](const float* a, const float* b, float* out) {
    if constexpr (kIsDense) return conv2dFilterGradient(g, a, b, out);
    if constexpr (!kIsDense) return filterGradient(g, a, b, out);
  };
  calls.push_back({name, params, kIsDense, CallPass::kForward, flops, x, filter, y, forwardPass});
  calls.push_back({name, params, kIsDense, CallPass::kInputGradient, flops, y, filter, x, inputPass});
  calls.push_back({name, params, kIsDense, CallPass::kFilterGradient, flops, x, y, filter, filterPass});
}

struct LayerSizes {
  int64_t batch, size, channels, filter, stride;
  int64_t outChannels = 0;  ///< 0: a depthwise layer
};

/// Adds all passes of a layer with 'same' padding.
inline void addLayer(const LayerSizes& s, Layout layout, std::vector<Call>& calls) {
  const bool isDense = s.outChannels > 0;
  const ConvParams params{.x = imageShape(layout, s.batch, s.size, s.size, s.channels),
                          .filter = {s.filter, s.filter, s.channels, isDense ? s.outChannels : 1},
                          .strides = {s.stride, s.stride},
                          .padding = Padding::same(),
                          .layout = layout};
  const auto text = [](int64_t number) { return std::to_string(number); };
  const std::string name = (s.batch > 1 ? text(s.batch) + "x" : "") + text(s.size) + "x" + text(s.size) + "x" +
                           text(s.channels) + (isDense ? " to " + text(s.outChannels) : "") + ", " + text(s.filter) +
                           "x" + text(s.filter) + (s.stride > 1 ? ", stride " + text(s.stride) : "");
  if (isDense) {
    addCalls(name, params, *makeDenseGeometry(params), calls);
  } else {
    addCalls(name, params, *makeGeometry(params), calls);
  }
}

inline std::vector<Call> callsOf(std::initializer_list<LayerSizes> layers, Layout layout) {
  std::vector<Call> calls;
  for (const LayerSizes& layer : layers) addLayer(layer, layout, calls);
  return calls;
}

/// Returns layers of MobileNetV1 and V2, EfficientNet-B0 and ConvNeXt-T, and batches.
inline std::vector<Call> depthwiseCalls(Layout layout = Layout::kNhwc) {
  return callsOf({{1, 112, 32, 3, 1},
                  {1, 112, 64, 3, 2},
                  {1, 56, 128, 3, 1},
                  {1, 28, 256, 3, 1},
                  {1, 14, 512, 3, 1},
                  {1, 14, 512, 3, 2},
                  {1, 7, 1024, 3, 1},
                  {1, 112, 96, 3, 2},
                  {1, 28, 240, 5, 1},
                  {1, 14, 672, 5, 2},
                  {1, 14, 384, 7, 1},
                  {8, 24, 64, 3, 1},
                  {32, 28, 32, 3, 1}},
                 layout);
}

/// Returns layers of MobileNetV1 (1×1) and ResNet-18 (3×3).
inline std::vector<Call> denseCalls() {
  return callsOf({{1, 224, 3, 3, 2, 32},
                  {1, 112, 32, 1, 1, 64},
                  {1, 56, 128, 1, 1, 128},
                  {1, 14, 512, 1, 1, 512},
                  {1, 7, 1024, 1, 1, 1024},
                  {1, 56, 64, 3, 1, 64},
                  {1, 28, 128, 3, 1, 128},
                  {1, 14, 256, 3, 1, 256}},
                 Layout::kNhwc);
}

}  // namespace depthwise
