#pragma once

#include <cstddef>

#include "conv/plan.h"
#include "nn/activation.h"
#include "simd/f32x4.h"

/// The inner loops: where the arithmetic is.
///
/// THE ROLLING SWEEP. Four channels travel along the columns of up to three input rows. The (up to nine) weights stay
/// in registers. Three sums stand for the three outputs that the current column has a part in; each x is loaded once
/// and used for all of them. When a column is done, the oldest sum is complete: it is stored, the others move up, and a
/// new one begins.
///
///                         column:      …   6   7   8   9  10   …
///     row 0 of x   ·  w00 w01 w02  ┐
///     row 1 of x   ·  w10 w11 w12  ├──▶            x        one x of each row, now at column 8
///     row 2 of x   ·  w20 w21 w22  ┘           ┌───┼───┐
///                                           sum 0  1   2
///                                        output 6  7   8    sum 0 gets its last tap (w02), sum 1 its middle one (w01),
///                                              │            sum 2 its first (w00)
///                                              ▼
///                                       stored; 7 becomes sum 0, 8 sum 1, and 9 begins
///
/// Nothing in the loop tests for a border: the columns before the first output is complete (the prologue) and those
/// that lie outside of the image (clippedLeft, clippedRight) are handled before and after it, and rows outside are simply not among
/// the rows given. A larger filter is a sum of such sweeps, the first of which writes and the others add.
///
/// Loads are the other limit: one for three multiply-adds (of four lanes), where a kernel that gathers all nine x and
/// nine weights for each output does two loads for one. Nine weights, three sums and the x take 13 of the 15 vector
/// registers that V8 gives out; a fourth row or tap would be spilled to memory and back.
namespace depthwise {

constexpr int kMicrokernelRows = 3;

/// What a sweep does with its sums: they are the outputs, they are added to them, or they are all that an output sums
/// up, and its bias and activation are applied before it is written.
enum class Write { kOverwrite, kAdd, kEpilogue };

/// y = the sum + bias, kept within limits. Bias has a value for each lane, or four times the one that lanes share. All
/// of it stays in memory: registers are for sums and weights.
struct FusedEpilogue {
  const float* bias;
  const Limits* limits;
};
/// Where there is no bias: what changes no sum when it is added, not even −0.
constexpr float kNoBias = -0.0f;

/// What one sweep along one output row needs, but for the filter and the row itself. Pointers are to lane 0, steps in
/// floats.
struct MicrokernelCall {
  const float* in[kMicrokernelRows];  ///< the first column inside of the image, of each row
  ptrdiff_t inStep, outStep;
  ptrdiff_t filterRowStep, filterTapStep;
  int outCount, clippedLeft, clippedRight;        ///< as in Segment
  int lanes;                        ///< a multiple of four
  int filterLaneStep;               ///< 1: each lane has a filter of its own; 0: all share one
  ptrdiff_t betweenIn, betweenTap;  ///< interleaved runs: from the last tap's column, and from the first tap
  FusedEpilogue finish;
};

/// Whether two taps have a third one between them (interleaveSegments): one more x and weight of each row for each output.
enum class Between { kNothing, kTap };

template <int Rows, int Taps, Between Middle, Write Mode>
DEPTHWISE_INLINE void correlateFourLanes(const MicrokernelCall& s, const float* filter, float* out, int lane) {
  // Copies: as far as the compiler knows, stores to `out` could change the originals.
  const ptrdiff_t inStep = s.inStep, outStep = s.outStep, betweenIn = s.betweenIn;
  const int clippedLeft = s.clippedLeft, clippedRight = s.clippedRight;
  const Limits* const limits = s.finish.limits;
  const float* in[Rows];
  unroll<Rows>([&](auto r) { in[r] = s.in[r] + lane; });
  out += lane;
  filter += lane * s.filterLaneStep;

  f32x4 weight[Rows][Taps];
  unroll<Rows>([&](auto r) {
    unroll<Taps>([&](auto k) { weight[r][k] = load(filter + r * s.filterRowStep + k * s.filterTapStep); });
  });
  f32x4 between[Rows];
  if constexpr (Middle == Between::kTap) {
    unroll<Rows>([&](auto r) { between[r] = load(filter + r * s.filterRowStep + s.betweenTap); });
  }
  f32x4 sum[Taps];
  unroll<Taps>([&](auto k) { sum[k] = splat(0); });

  const auto addBetween = [&] {
    if constexpr (Middle == Between::kTap) {
      unroll<Rows>([&](auto r) { sum[0] = multiplyAdd(load(in[r] + betweenIn), between[r], sum[0]); });
    }
  };
  const auto nextColumn = [&] { unroll<Rows>([&](auto r) { in[r] += inStep; }); };
  const float* const bias = Mode == Write::kEpilogue ? s.finish.bias + lane * s.filterLaneStep : nullptr;
  const auto put = [&](f32x4 value) {
    if constexpr (Mode == Write::kAdd) value = add(value, load(out));
    if constexpr (Mode == Write::kEpilogue) {
      value = add(value, load(bias));
      value = min(max(value, load(limits->low)), load(limits->high));
    }
    store(out, value);
    out += outStep;
  };

  // Prologue: column j has a part in the outputs 0 to j only, as tap j − output.
  unroll<Taps - 1>([&](auto j) {
    if (j < clippedLeft) return;
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r]);
      unroll<j + 1>([&](auto k) {
        sum[j - k] = r == 0 && k == 0 ? mul(x, weight[r][k]) : multiplyAdd(x, weight[r][k], sum[j - k]);
      });
    });
    nextColumn();
  });
  // As long as outputs are left. Where an output ends is at hand anyway, and takes the place of a count; with two
  // columns for each output that is slower.
  int left = s.outCount - clippedRight;
  const float* const end = out + left * outStep;
  for (; Middle == Between::kTap ? left > 0 : out != end; --left) {
    addBetween();
    if (Middle == Between::kTap && isNegative(left)) break;  // is never taken, for V8's sake
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r]);
      unroll<Taps - 1>([&](auto k) { sum[k] = multiplyAdd(x, weight[r][Taps - 1 - k], sum[k]); });
      // The newest sum begins here.
      sum[Taps - 1] = r == 0 ? mul(x, weight[r][0]) : multiplyAdd(x, weight[r][0], sum[Taps - 1]);
    });
    put(sum[0]);
    nextColumn();
    unroll<Taps - 1>([&](auto k) { sum[k] = sum[k + 1]; });
  }
  // Epilogue: the last columns lie outside; what has been summed is all there is.
  unroll<Taps - 1>([&](auto t) {
    if (t >= clippedRight) return;
    if (t == 0) addBetween();
    put(sum[t]);
  });
}

/// The gradient of the filter is the same sweep turned around: the nine sums stay in registers, and a column of x is
/// multiplied with the three dy that it had a part in. The dy are loaded again for each column rather than passed
/// along: nine sums, three dy and an x already fill the registers, and moving makes V8 spill. The sums of this row are
/// added to `gradient`.
template <int Rows, int Taps>
DEPTHWISE_INLINE void filterGradientOfFourLanes(const MicrokernelCall& s, const float* dy, float* gradient, int lane) {
  const ptrdiff_t inStep = s.inStep, dyStep = s.outStep;
  const float* in[Rows];
  unroll<Rows>([&](auto r) { in[r] = s.in[r] + lane; });
  gradient += lane * s.filterLaneStep;

  f32x4 sum[Rows][Taps];
  unroll<Rows>([&](auto r) { unroll<Taps>([&](auto k) { sum[r][k] = splat(0); }); });

  // One column of x: tap k meets dy[Taps − 1 − k]. `from` and `to` bound the taps that have one.
  const auto column = [&](auto from, auto to) {
    f32x4 g[Taps];
    unroll<to - from>([&](auto i) { g[from + i] = load(dy + (Taps - 1 - from - i) * dyStep); });
    keepLoadsApart();
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r]);
      unroll<to - from>([&](auto i) { sum[r][from + i] = multiplyAdd(x, g[from + i], sum[r][from + i]); });
    });
    unroll<Rows>([&](auto r) { in[r] += inStep; });
  };
  constexpr std::integral_constant<int, 0> firstTap{};
  constexpr std::integral_constant<int, Taps> endTap{};

  dy += lane - (Taps - 1) * dyStep;  // not read before it is back inside
  unroll<Taps - 1>([&](auto j) {
    if (j >= s.clippedLeft) column(firstTap, std::integral_constant<int, j + 1>{});
    dy += dyStep;
  });
  for (int left = s.outCount - (Taps - 1); left > 0; --left) {
    column(firstTap, endTap);
    dy += dyStep;
  }
  unroll<Taps - 1>([&](auto t) {
    if (t < Taps - 1 - s.clippedRight) column(std::integral_constant<int, t + 1>{}, endTap);
    dy += dyStep;
  });

  unroll<Rows>([&](auto r) {
    unroll<Taps>([&](auto k) {
      float* to = gradient + r * s.filterRowStep + k * s.filterTapStep;
      store(to, add(load(to), sum[r][k]));
    });
  });
}

template <int Rows, int Taps, Between Middle, Write Mode>
void microkernel(const MicrokernelCall& s, const float* filter, float* out) {
  const int lanes = s.lanes;
  for (int lane = 0; lane < lanes; lane += 4) correlateFourLanes<Rows, Taps, Middle, Mode>(s, filter, out, lane);
}

template <int Rows, int Taps>
void filterMicrokernel(const MicrokernelCall& call, const float* dy, float* gradient) {
  const MicrokernelCall s = call;
  for (int lane = 0; lane < s.lanes; lane += 4) filterGradientOfFourLanes<Rows, Taps>(s, dy, gradient, lane);
}

/// The sweep of `rows` × `taps`: in, filter → out. Only two taps can have one between them.
using Microkernel = void (*)(const MicrokernelCall&, const float* filter, float* out);
Microkernel microkernelFor(int rows, int taps, Between middle, Write mode);

/// The sweep of `rows` × `taps`: in, dy → gradient of the filter.
using FilterMicrokernel = void (*)(const MicrokernelCall&, const float* dy, float* gradient);
FilterMicrokernel filterMicrokernelFor(int rows, int taps);

/// What a run says of its sweeps, whichever of rows and columns the lanes are. Pitches are floats from one of the run's
/// columns to the next. Filter, rows and finish are still to be set.
inline MicrokernelCall callAlong(const Segment& segment, int lanes, size_t inPitch, size_t outPitch) {
  MicrokernelCall call;
  call.inStep = segment.inStep * static_cast<ptrdiff_t>(inPitch);
  call.outStep = segment.outStep * static_cast<ptrdiff_t>(outPitch);
  call.outCount = segment.outCount;
  call.clippedLeft = segment.clippedLeft;
  call.clippedRight = segment.clippedRight;
  call.lanes = lanes;
  call.betweenIn = segment.betweenColumn * static_cast<ptrdiff_t>(inPitch);
  return call;
}

/// Calls one(i) for each place, when the first `rows` of the sweep's rows are those of the place.
template <class One>
DEPTHWISE_INLINE void repeatCall(const Repeat& repeat, MicrokernelCall& call, int rows, One&& one) {
  for (int32_t i = 0;;) {
    one(i);
    if (++i == repeat.count) return;
    if (i % repeat.every != 0) continue;
    for (int r = 0; r < rows; ++r) call.in[r] += repeat.inStride;
  }
}

}  // namespace depthwise
