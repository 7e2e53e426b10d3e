#include <depthwise/layer/config_reader.h>
#include <depthwise/layer/config_writer.h>
#include <depthwise/layer/depthwise_conv2d.h>

#include <memory>

#include "check.h"

/// The layer: from a configuration as Keras writes it to a step of training that lowers the loss.
namespace {

double squares(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * double{value} / 2;
  return sum;
}

}  // namespace

void layer() {
  const auto tree = std::make_unique<depthwise::ConfigTree>();
  tree->beginObject();
  tree->key("kernel_size").beginList().number(3).number(3).end();
  tree->key("padding").text("same");
  tree->key("depthwise_initializer").text("glorot_uniform");
  tree->end();
  check(!tree->finish(), "a configuration is not a tree");
  const depthwise::Result<depthwise::LayerConfig> config = depthwise::readLayerConfig(tree->root());
  check(bool(config), "a configuration is refused");

  depthwise::DepthwiseConv2D layer;
  const depthwise::NumberList shape{{2, 5, 6, 4}, 4};
  check(!layer.create(*config) && !layer.build(shape, 7), "the layer cannot be built");
  check(layer.weightCount() == 2 && *layer.countParams() == 3 * 3 * 4 + 4, "the layer has other weights");

  const std::vector<float> x = someValues(2 * 5 * 6 * 4, 5);
  std::vector<float> y(x.size()), dx(x.size());
  check(!layer.call(x.data(), shape, true, y.data()), "call did not run");
  const double before = squares(y);
  check(!layer.backward(y.data(), shape, dx.data()), "backward did not run");
  for (int i = 0; i < layer.weightCount(); ++i) {
    const depthwise::Weight weight = layer.weight(i);
    for (std::int64_t k = 0; k < weight.size; ++k) weight.values[k] -= 0.01f * weight.gradient[k];
  }
  check(!layer.call(x.data(), shape, false, y.data()), "the second call did not run");
  check(squares(y) < before, "a step along the gradient does not lower the loss");

  depthwise::writeKerasEntry(layer.config(), *tree);
  check(bool(depthwise::readLayerConfig(tree->root())), "what is written is not read");
  check(tree->root().find("class_name").text() == "DepthwiseConv2D", "what is written has another name");
}
