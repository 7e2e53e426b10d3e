#include <memory>

#include "config_input.h"
#include "layer/config_reader.h"
#include "layer/config_text.h"
#include "layer/config_writer.h"
#include "require.h"
#include "target.h"

/// What is read can be written in both spellings, and reads as what it was; what is refused says why.
namespace depthwise::fuzz {
namespace {

void requireRefusal(const Error& error) {
  const std::string_view text = error.text();
  require(text.starts_with("Error in DepthwiseConv2D: ") && text.size() > 40 && text.size() <= 480,
          "a refusal says nothing");
}

LayerConfig readBack(const ConfigTree& tree) {
  require(!tree.finish(), "what is written does not fit the tree");
  const Result<LayerConfig> config = readLayerConfig(tree.root());
  require(bool(config), config ? "" : config.error().text());
  return *config;
}

std::string written(const LayerConfig& config) {
  static ConfigTree tree;
  writeLayerConfig(config, tree);
  return textOf(tree.root());
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  static ConfigTree tree, other;
  tree.clear();
  writeTree(bytes, tree);
  const Error fault = tree.finish();
  if (fault) {
    requireRefusal(fault);
    require(tree.root().is(ConfigView::Kind::kMissing) || tree.takesMore(), "a broken tree has a root");
  }
  // Also where the tree is unfinished: whoever forgets to ask must not crash.
  const Result<LayerConfig> config = readLayerConfig(tree.root());
  if (!config) return requireRefusal(config.error());
  require(!checkLayerConfig(*config), "what is read is not allowed");

  const std::string first = written(*config);
  writeLayerConfig(*config, other);
  require(written(readBack(other)) == first, "what is written reads as something else");
  writeKerasEntry(*config, other);
  require(written(readBack(other)) == first, "what is written for Keras reads as something else");
}

}  // namespace depthwise::fuzz
