#pragma once

#include "layer/config_value.h"
#include "layer/layer_config.h"

namespace depthwise {

/// Reads what a DepthwiseConv2D of tfjs or Keras is made from or writes down: tfjs's arguments and getConfig
/// (depthMultiplier, 'channelsLast'), Keras's config (depth_multiplier, 'channels_last'), or a whole entry of a model
/// file, { class_name: 'DepthwiseConv2D', config: { … } }. One number stands for both of a pair. A null is a missing
/// value. inputShape is [height, width, channels] in the order of dataFormat, a batchSize may stand beside it, and
/// batchInputShape goes before both.
///
/// Passed over: groups where it is 1 and what Keras 3 notes beside its configs. `weights` too: they are tensors, which
/// whoever has them gives to the layer once it is built. Any other argument, kernelInitializer for one, is an error
/// that lists the known ones. The result has passed checkLayerConfig.
Result<LayerConfig> readLayerConfig(ConfigView config);

}  // namespace depthwise
