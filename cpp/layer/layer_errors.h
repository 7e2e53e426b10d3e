#pragma once

#include "layer/argument_checks.h"
#include "depthwise/memory.h"

/// Errors of the layer that are not about the value of one argument.
namespace depthwise {

/// A call that came too early, too late or too often: "Error in DepthwiseConv2D: build must come first, got none yet".
inline Error outOfTurn(const char* call, const char* what) { return layerTypeError(call) << what; }

inline Error outOfMemory(Status status) {
  return Error(Error::Kind::kRange) << "Error in " << kLayer << ": out of memory, "
                                    << static_cast<double>(status.bytesWanted) << " bytes were wanted";
}

/// An input whose number of channels is not the one that the weights are for.
inline Error otherChannels(const char* name, int32_t channels, const NumberList& shape) {
  return layerRangeError(name) << "must have the " << double(channels) << " channels that the layer was built for, got "
                               << shape;
}

}  // namespace depthwise
