#pragma once

#include <cstdint>

#include "depthwise/activation.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"

/// Exported C functions: the interface between JavaScript and the kernels, in both modules. They take and return
/// numbers only. JavaScript owns the block that carries the arguments; the exported functions keep no state.
namespace depthwise {

#define DEPTHWISE_EXPORT extern "C" [[gnu::visibility("default"), gnu::used]]

/// A position in the memory of the module, as JavaScript passes it.
using Address = uintptr_t;

template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

/// The memory that carries one call at a time. JavaScript reads every argument of a call first and then writes them all
/// into `numbers` (class CallBlock of js/ops.js), so a nested call cannot mix its arguments with these.
/// A make…Geometry function reads them and writes the geometry, and the shape of y or the operands of an error into
/// `numbers`. The kernel then reads the geometry.
struct CallBlock {
  double numbers[20];
  union {
    Geometry convolution;
    DenseGeometry dense;
    PoolGeometry pool;
  };
};

/// Returns the size of the allocation that failed, or 0. JavaScript reads it as a number.
inline double bytesWanted(Status status) { return double(status.bytesWanted); }

/// Returns the arguments in a block: x, filter, strides, dilations, zeros on the four sides, kind of padding, rounding,
/// layout. JavaScript has checked that they are whole numbers, which int64_t holds without loss.
ConvParams readConvParams(const CallBlock& block);

/// Returns the epilogue of a fused convolution. bias and preluAlpha are 0 if there are none.
inline Epilogue epilogueOf(Address bias, int activation, float leakyreluAlpha, Address preluAlpha) {
  return {.bias = at<float>(bias),
          .activation = Activation(activation),
          .leakyreluAlpha = leakyreluAlpha,
          .preluAlpha = at<float>(preluAlpha)};
}

/// Writes the shape of y and returns 0, or writes the argument and the operands of the error and returns its code.
template <class AnyGeometry>
int answer(CallBlock& block, const Result<AnyGeometry>& geometry) {
  double* to = block.numbers;
  if (geometry) {
    for (const int64_t size : geometry->yShape()) *to++ = double(size);
    return 0;
  }
  const Error error = geometry.error();
  *to++ = double(error.argument);
  for (const double operand : error.operands) *to++ = operand;
  return int(error.code);
}

}  // namespace depthwise
