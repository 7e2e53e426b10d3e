#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "config_text.h"
#include "layer/config_reader.h"
#include "refusal.h"

namespace depthwise {

inline Result<LayerConfig> read(std::string_view text) {
  const auto tree = std::make_unique<ConfigTree>();
  ConfigText(text, *tree);
  REQUIRE_FALSE(tree->finish());
  return readLayerConfig(tree->root());
}

/// A configuration that must be right: arguments beside a kernelSize.
inline LayerConfig with(const std::string& arguments) {
  const Result<LayerConfig> config = read("{kernelSize: 3, " + arguments + "}");
  INFO(arguments << ": " << textOf(config));
  REQUIRE(config);
  return *config;
}

/// Why arguments beside a kernelSize are refused.
inline std::string refusal(const std::string& arguments) { return textOf(read("{kernelSize: 3, " + arguments + "}")); }

inline const std::string kStart = "Error in DepthwiseConv2D: ";

}  // namespace depthwise
