#include <depthwise/depthwise.h>

#include "check.h"

/// The layer: from a configuration to a training step that lowers the loss.
namespace {

double squares(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * double{value} / 2;
  return sum;
}

}  // namespace

void layer() {
  depthwise::DepthwiseConv2D layer;
  const depthwise::LayerConfig config{.kernelSize = {3, 3}, .padding = depthwise::Padding::Kind::kSame};
  const depthwise::Shape shape{2, 5, 6, 4};
  check(layer.create({}).code == depthwise::ErrorCode::kSteps, "a layer without a kernel size is not refused");
  check(!layer.create(config) && !layer.build(shape, 7), "the layer cannot be built");
  check(layer.weightCount() == 2 && layer.weight(0).size == 3 * 3 * 4, "the layer has other weights");
  check(layer.outputShape(shape) && *layer.outputShape(shape) == shape, "the output has another shape");

  const std::vector<float> x = someValues(2 * 5 * 6 * 4, 5);
  std::vector<float> y(x.size()), dx(x.size());
  check(!layer.call(x.data(), shape, true, y.data()), "call did not run");
  const double before = squares(y);
  check(!layer.backward(y.data(), dx.data()), "backward did not run");
  for (int i = 0; i < layer.weightCount(); ++i) {
    const depthwise::Weight weight = layer.weight(i);
    for (std::int64_t k = 0; k < weight.size; ++k) weight.values[k] -= 0.01f * weight.gradient[k];
  }
  check(!layer.call(x.data(), shape, false, y.data()), "the second call did not run");
  check(squares(y) < before, "a step along the gradient does not lower the loss");
}
