#pragma once

#include "../buffer.h"
#include "argument_checks.h"

/// Errors of the layer that are not about the value of one argument.
namespace depthwise {

/// A call that came too early, too late or too often: "Error in DepthwiseConv2D: build must come first, got none yet".
inline Error outOfTurn(std::string_view call, std::string_view what) {
  Error error = layerTypeError(call);
  error.text << what;
  return error;
}

inline Error outOfMemory(Status status) {
  Error error{Error::Kind::kRange, {}};
  error.text << "Error in " << kLayer << ": out of memory, " << static_cast<double>(status.bytesWanted)
             << " bytes were wanted";
  return error;
}

/// An input whose number of channels is not the one that the weights are for.
inline Error otherChannels(std::string_view name, int32_t channels, const NumberList& shape) {
  Error error = layerRangeError(name);
  error.text << "must have the " << double(channels) << " channels that the layer was built for, got " << shape;
  return error;
}

}  // namespace depthwise
