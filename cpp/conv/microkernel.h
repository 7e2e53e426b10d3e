#pragma once

#include <cstddef>

#include "conv/plan.h"
#include "nn/activation.h"
#include "simd/f32x4.h"

/// The inner loops, which do all the arithmetic.
///
/// THE ROLLING MICROKERNEL. Four channels move along the columns of up to three input rows. The weights (up to nine)
/// stay in registers. Three sums are the three outputs to which the current column contributes; each x is loaded once
/// and used for all three. After each column the oldest sum is complete: it is stored, the other two move up ("roll"),
/// and a new sum starts.
///
///                         column:      …   6   7   8   9  10   …
///     row 0 of x   ·  w00 w01 w02  ┐
///     row 1 of x   ·  w10 w11 w12  ├──▶            x        one x of each row, now at column 8
///     row 2 of x   ·  w20 w21 w22  ┘           ┌───┼───┐
///                                           sum 0  1   2
///                                        output 6  7   8    sum 0 adds its last tap (w02), sum 1 its middle tap (w01),
///                                              │            sum 2 its first tap (w00)
///                                              ▼
///                                       stored; 7 becomes sum 0, 8 becomes sum 1, and 9 starts
///
/// The loop has no test for borders. The columns before the first output is complete (prologue) and the columns outside
/// of the image (clippedLeft, clippedRight) are handled before and after the loop; a call does not contain rows
/// outside of the image. A filter larger than 3×3 is a sum of several calls: the first overwrites the output, the
/// others add.
///
/// Why it is fast: an x is loaded once for three multiply-adds. A kernel that loads nine x and nine weights for each
/// output needs two loads per multiply-add. Nine weights, three sums and an x use 13 of the 15 vector registers that V8
/// has for them; with a fourth row or tap, V8 would spill registers to memory.
///
/// The channels are the lanes in NHWC. In NCHW, four neighbouring columns are the lanes, and the "columns" of this file
/// are the rows of an image (nchw.cpp).
namespace depthwise {

/// How a call writes its sums.
enum class Write {
  kOverwrite,  ///< stores them
  kAdd,        ///< adds them to the output
  kEpilogue,   ///< applies the fused epilogue and stores the results; the sums must be complete
};

/// Bias and limits, applied while the sums are in registers: y = clamp(sum + bias). Both stay in memory, because the
/// registers are full. `bias` has one value per lane, or the value of all lanes four times.
struct FusedEpilogue {
  const float* bias;
  const Limits* limits;
};
/// A bias that changes no sum: x + −0 = x, also for x = −0.
constexpr float kNoBias = -0.0f;

/// The input rows and the segment of a microkernel call. The filter and the output are separate arguments. Steps are in
/// floats, pointers are to lane 0.
struct MicrokernelCall {
  const float* in[kMicrokernelRows];  ///< the first column inside of the image, of each row
  ptrdiff_t inStep, outStep;          ///< from column to column
  ptrdiff_t filterRowStep, filterTapStep;
  int outCount, clippedLeft, clippedRight;  ///< as in Segment
  int lanes;                                ///< a multiple of four
  int filterLaneStep;                       ///< 1: each lane has its own filter; 0: four lanes share one
  ptrdiff_t betweenOffset;                  ///< as in Segment, in the input (kTap) or the output (kOutput)
  ptrdiff_t betweenTap;                     ///< from the first tap to the tap between, in the filter
  FusedEpilogue epilogue;                   ///< of Write::kEpilogue
};

/// Computes Σ in·filter along a segment, for the rows and lanes of the call, and writes the sums to `out` (Write).
using Microkernel = void (*)(const MicrokernelCall&, const float* filter, float* out);
/// Adds Σ in·dy along a segment to the gradient of the filter, for the rows and lanes of the call.
using FilterMicrokernel = void (*)(const MicrokernelCall&, const float* dy, float* gradient);

/// Returns the microkernel for `rows` × `taps`, each 1 to 3. A tap between needs two taps. With outputs between,
/// `write` is kOverwrite; with a tap between the columns, it is not kAdd.
Microkernel microkernelFor(int rows, int taps, Between between, Write write);
FilterMicrokernel filterMicrokernelFor(int rows, int taps);

/// Returns a call with the fields that the segment and the strides determine. The caller sets the other fields: in,
/// filterRowStep, filterTapStep, filterLaneStep, betweenTap, epilogue.
inline MicrokernelCall callAlong(const Segment& segment, int lanes, ptrdiff_t inStride, ptrdiff_t outStride) {
  MicrokernelCall call;
  call.inStep = segment.inStep * inStride;
  call.outStep = segment.outStep * outStride;
  call.outCount = segment.outCount;
  call.clippedLeft = segment.clippedLeft;
  call.clippedRight = segment.clippedRight;
  call.lanes = lanes;
  call.betweenOffset = segment.betweenOffset * (segment.between == Between::kTap ? inStride : outStride);
  return call;
}

/// Calls one(i) for each repetition i. Before that, it moves the first `rows` input rows of the call as `repeat` says.
template <class One>
DEPTHWISE_INLINE void repeatCall(const Repeat& repeat, MicrokernelCall& call, int rows, One&& one) {
  for (int i = 0;;) {
    one(i);
    if (++i == repeat.count) return;
    if (i % repeat.every != 0) continue;
    for (int r = 0; r < rows; ++r) call.in[r] += repeat.inStride;
  }
}

}  // namespace depthwise
