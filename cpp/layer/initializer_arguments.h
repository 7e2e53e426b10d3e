#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "layer/initializers.h"
#include "result.h"

/// From what a caller says about an initializer to one that `initialize` can trust. `argument` is what the caller calls
/// it: depthwiseInitializer or biasInitializer.
namespace depthwise {

/// The initializer of a name with its defaults, or an error that lists the names. Names are tfjs's and Keras's, see
/// names.h. For the six named variants of variance scaling, Keras's settings are filled in:
///
///     glorotUniform, glorotNormal   scale 1, fanAvg
///     heUniform, heNormal           scale 2, fanIn
///     leCunUniform, leCunNormal     scale 1, fanIn
///
/// with the uniform or the truncated normal distribution.
Result<Initializer> initializerNamed(const char* argument, std::string_view name);
/// tfjs's identifier: 'glorotNormal'.
const char* initializerName(Initializer::Kind kind);

/// What initializers are written with, tfjs's names: 'fanIn' and 'normal', see initializers.h.
const char* fanModeName(Initializer::FanMode mode);
const char* distributionName(Initializer::Distribution distribution);

/// 'fanIn', 'fanOut', 'fanAvg'.
Result<Initializer::FanMode> fanModeNamed(const char* argument, std::string_view name);
/// 'truncatedNormal' (or 'normal'), 'untruncatedNormal', 'uniform'.
Result<Initializer::Distribution> distributionNamed(const char* argument, std::string_view name);

/// Checks the parameters of the initializer's kind.
Error checkInitializer(const char* argument, const Initializer& initializer);
/// Checks that the initializer can fill a tensor of this shape: orthogonal and identity cannot fill every one.
Error checkInitializerFits(const char* argument, const Initializer& initializer, std::span<const int32_t> shape);

}  // namespace depthwise
