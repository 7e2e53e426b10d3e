#pragma once

#include "layer/config_value.h"
#include "layer/constraints.h"
#include "layer/initializers.h"
#include "layer/regularizers.h"

/// Reading the parts of a layer's configuration that have a configuration of their own. Each is a name or { className,
/// config }, in tfjs's or Keras's spelling; fields that are missing or null have the defaults that the name has by
/// itself. What is read has been checked as far as it can be without a shape, constraints for a tensor of `rank`.
namespace depthwise {

/// glorotUniform and the other five variants of variance scaling become what they stand for, kVarianceScaling with its
/// three parameters, because that is how tfjs writes them: so what has been written reads as what it was.
Error readInitializer(const char* argument, ConfigView value, Initializer& place);

/// l1 and l2 become kL1L2 with the other coefficient 0, for the same reason: tfjs has no class but L1L2. A coefficient
/// that { className: 'L1L2' } leaves out is 0.01, as in tfjs (in Keras 0).
Error readRegularizer(const char* argument, ConfigView value, std::optional<Regularizer>& place);

/// `axis` is a number or a list of them.
Error readConstraint(const char* argument, ConfigView value, int rank, std::optional<Constraint>& place);

}  // namespace depthwise
