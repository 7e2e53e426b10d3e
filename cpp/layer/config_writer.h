#pragma once

#include "layer/config_value.h"
#include "layer/layer_config.h"

/// Writing a configuration down, so that readLayerConfig, tfjs and Keras all read it as what it was. Initializers with
/// a variance are written as tfjs writes them, { className: 'VarianceScaling', config: { scale, mode, distribution,
/// seed } }, with 'normal' for the truncated normal distribution: Keras reads that as 'truncated_normal', and what tfjs
/// makes of 'truncatedNormal' is a uniform distribution. Regularizers are written as L1L2, the only one that tfjs has.
///
/// The tree is cleared first. What is written always fits.
namespace depthwise {

/// What tfjs's getConfig gives for the layer, field by field: camelCase, dtype beside batchInputShape only, no name
/// where there is none. depthwiseConstraint is the constraint, where tfjs writes the regularizer by mistake.
void writeLayerConfig(const LayerConfig& config, ConfigTree& tree);

/// The entry of a model file, { class_name: 'DepthwiseConv2D', config: { … } }, with Keras's snake_case: kernel_size,
/// 'channels_last', 'fan_avg'. groups, which tf.keras writes too, is left out: Keras 3 refuses it.
void writeKerasEntry(const LayerConfig& config, ConfigTree& tree);

}  // namespace depthwise
