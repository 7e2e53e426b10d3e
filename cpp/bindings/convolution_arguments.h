#pragma once

#include "bindings/argument_reader.h"
#include "geometry.h"

namespace depthwise {

/// What js/convolution-call.js writes, valid as long as the reader.
inline ConvolutionArguments readConvolutionArguments(ArgumentReader& read, const char* function, const char* xName,
                                                     const char* filterName) {
  ConvolutionArguments a;
  a.function = function;
  a.xName = xName;
  a.filterName = filterName;
  read.numbers(a.xShape);
  read.numbers(a.filterShape);
  read.numbers(a.strides);
  read.numbers(a.dilations);
  a.dataFormat = read.name();
  a.pad = static_cast<ConvolutionArguments::Pad>(read.number());
  switch (a.pad) {
    case ConvolutionArguments::Pad::kName:
      a.padName = read.name();
      break;
    case ConvolutionArguments::Pad::kNumber:
      a.padNumber = read.number();
      break;
    case ConvolutionArguments::Pad::kPairs:
      a.padPairCount = static_cast<int>(read.number());
      for (int i = 0; i < a.padPairCount && i < 4; ++i) read.numbers(a.padPairs[i]);
  }
  if (read.number() != 0) a.dimRoundingMode = read.name();
  return a;
}

}  // namespace depthwise
