#pragma once

#include "convolution_input.h"
#include "layer/config_value.h"

namespace depthwise::fuzz {

/// Writes a configuration of a layer into a clear tree, more or less: any part of it may be missing, be of another
/// kind, be there twice, nested without end, or be none of the layer's.
void writeTree(FuzzedDataProvider& bytes, ConfigTree& tree);

}  // namespace depthwise::fuzz
