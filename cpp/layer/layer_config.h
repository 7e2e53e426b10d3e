#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "depthwise/geometry.h"
#include "layer/constraints.h"
#include "layer/initializers.h"
#include "layer/regularizers.h"
#include "nn/activation.h"

namespace depthwise {

/// The name of a layer, kept in place. Empty: whoever makes the layers names them.
class LayerName {
 public:
  static constexpr size_t kMost = 100;  ///< bytes of UTF-8

  /// False, and nothing changes, where `name` is too long.
  bool set(std::string_view name) {
    if (name.size() > kMost) return false;
    std::memcpy(characters_, name.data(), length_ = name.size());
    return true;
  }
  std::string_view view() const { return {characters_, length_}; }

 private:
  char characters_[kMost];
  size_t length_ = 0;
};

/// Whole numbers for height and width.
using Pair = std::array<int32_t, 2>;

/// All that a DepthwiseConv2D of Keras or tfjs is told, but its weights. Defaults are Keras's; tfjs's are the same but
/// for depthwiseInitializer (glorotNormal there). A model that was made with tfjs writes its initializer down, so
/// nothing that is read from one depends on the default.
struct LayerConfig {
  enum class Padding { kValid, kSame };
  static constexpr int32_t kUnknown = -1;

  Pair kernelSize{};  ///< must be given
  int32_t depthMultiplier = 1;
  Pair strides{1, 1};  ///< above 1 only beside a dilationRate of 1, as in Keras up to 3.14
  Padding padding = Padding::kValid;
  Layout layout = Layout::kNhwc;  ///< dataFormat: 'channelsLast'
  Pair dilationRate{1, 1};
  Activation activation = Activation::kLinear;
  bool useBias = true;
  Initializer depthwiseInitializer = glorotUniform();
  Initializer biasInitializer;  ///< zeros
  std::optional<Regularizer> depthwiseRegularizer, biasRegularizer, activityRegularizer;
  std::optional<Constraint> depthwiseConstraint, biasConstraint;
  /// Sizes of x, kUnknown where they are not said. Only written down: a layer takes any x that its weights fit.
  std::optional<Shape> batchInputShape;
  LayerName name;
  /// False: backward computes dx only. (dtype is not here: it is 'float32'.)
  bool trainable = true;

 private:
  static Initializer glorotUniform() {
    Initializer initializer;
    initializer.kind = Initializer::Kind::kVarianceScaling;
    initializer.mode = Initializer::FanMode::kFanAvg;
    initializer.distribution = Initializer::Distribution::kUniform;
    return initializer;
  }
};

/// Checks all that can be said before there is an input. What readLayerConfig gives has passed.
Error checkLayerConfig(const LayerConfig& config);

}  // namespace depthwise
