#include "conv/microkernel.h"

namespace depthwise {
namespace {

template <int Rows, int Taps, Between Middle, Write Mode>
DEPTHWISE_INLINE void correlateFourLanes(const MicrokernelCall& call, const float* filter, float* out, int lane) {
  // Local copies: for the compiler, a store to `out` might change the originals.
  const ptrdiff_t inStep = call.inStep, outStep = call.outStep, betweenIn = call.betweenIn;
  const int clippedLeft = call.clippedLeft, clippedRight = call.clippedRight;
  const Limits* const limits = call.epilogue.limits;
  const float* in[Rows];
  unroll<Rows>([&](auto r) { in[r] = call.in[r] + lane; });
  out += lane;
  filter += lane * call.filterLaneStep;

  f32x4 weight[Rows][Taps];
  unroll<Rows>([&](auto r) {
    unroll<Taps>([&](auto k) { weight[r][k] = load(filter + r * call.filterRowStep + k * call.filterTapStep); });
  });
  f32x4 between[Rows];
  if constexpr (Middle == Between::kTap) {
    unroll<Rows>([&](auto r) { between[r] = load(filter + r * call.filterRowStep + call.betweenTap); });
  }
  f32x4 sum[Taps];
  unroll<Taps>([&](auto k) { sum[k] = splat(0); });

  ptrdiff_t at = 0, to = 0;  // the current column and output, as offsets: behind the last one no pointer is formed
  const auto addBetween = [&] {
    if constexpr (Middle == Between::kTap) {
      unroll<Rows>([&](auto r) { sum[0] = multiplyAdd(load(in[r] + (at + betweenIn)), between[r], sum[0]); });
    }
  };
  const float* const bias = Mode == Write::kEpilogue ? call.epilogue.bias + lane * call.filterLaneStep : nullptr;
  const auto put = [&](f32x4 value) {
    if constexpr (Mode == Write::kAdd) value = add(value, load(out + to));
    if constexpr (Mode == Write::kEpilogue) {
      value = add(value, load(bias));
      value = min(max(value, load(limits->low)), load(limits->high));
    }
    store(out + to, value);
    to += outStep;
  };

  // Prologue: column j contributes to the outputs 0 to j only, as tap j − output.
  unroll<Taps - 1>([&](auto j) {
    if (j < clippedLeft) return;
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r] + at);
      unroll<j + 1>([&](auto k) {
        sum[j - k] = r == 0 && k == 0 ? mul(x, weight[r][k]) : multiplyAdd(x, weight[r][k], sum[j - k]);
      });
    });
    at += inStep;
  });
  // The end of the outputs is known anyway and replaces a count. With two columns per output, a count is faster.
  int left = call.outCount - clippedRight;
  const ptrdiff_t end = left * outStep;
  for (; Middle == Between::kTap ? left > 0 : to != end; --left) {
    addBetween();
    if (Middle == Between::kTap && isNegative(left)) break;  // never taken; see isNegative
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r] + at);
      unroll<Taps - 1>([&](auto k) { sum[k] = multiplyAdd(x, weight[r][Taps - 1 - k], sum[k]); });
      // The newest sum starts here.
      sum[Taps - 1] = r == 0 ? mul(x, weight[r][0]) : multiplyAdd(x, weight[r][0], sum[Taps - 1]);
    });
    put(sum[0]);
    at += inStep;
    unroll<Taps - 1>([&](auto k) { sum[k] = sum[k + 1]; });
  }
  // Epilogue: the last columns lie outside of the image, so the sums are complete.
  unroll<Taps - 1>([&](auto t) {
    if (t >= clippedRight) return;
    if (t == 0) addBetween();
    put(sum[t]);
  });
}

/// The gradient of the filter is the same loop with exchanged roles: the nine sums stay in registers, and each column
/// of x is multiplied by the three dy to which it contributed. The dy are loaded again for each column instead of moved
/// from register to register: nine sums, three dy and an x already fill the registers, and moves make V8 spill. The
/// sums of this row are added to `gradient`.
template <int Rows, int Taps>
DEPTHWISE_INLINE void filterGradientOfFourLanes(const MicrokernelCall& call, const float* dy, float* gradient,
                                                int lane) {
  const ptrdiff_t inStep = call.inStep, dyStep = call.outStep;
  const float* in[Rows];
  unroll<Rows>([&](auto r) { in[r] = call.in[r] + lane; });
  dy += lane;
  gradient += lane * call.filterLaneStep;

  f32x4 sum[Rows][Taps];
  unroll<Rows>([&](auto r) { unroll<Taps>([&](auto k) { sum[r][k] = splat(0); }); });

  ptrdiff_t at = 0;  // the current column
  // Adds one column of x, for the taps [from, to). Tap k meets the output (offset of tap 0) − k·dyStep.
  const auto addColumn = [&](auto from, auto to, ptrdiff_t output) {
    f32x4 g[Taps];
    unroll<to - from>([&](auto i) { g[from + i] = load(dy + (output - (from + i) * dyStep)); });
    keepLoadsApart();
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r] + at);
      unroll<to - from>([&](auto i) { sum[r][from + i] = multiplyAdd(x, g[from + i], sum[r][from + i]); });
    });
    at += inStep;
  };
  constexpr std::integral_constant<int, 0> firstTap{};
  constexpr std::integral_constant<int, Taps> endTap{};

  // Prologue: column j contributed to the outputs 0 to j only.
  unroll<Taps - 1>([&](auto j) {
    if (j >= call.clippedLeft) addColumn(firstTap, std::integral_constant<int, j + 1>{}, j * dyStep);
  });
  ptrdiff_t output = (Taps - 1) * dyStep;
  for (int left = call.outCount - (Taps - 1); left > 0; --left) {
    addColumn(firstTap, endTap, output);
    output += dyStep;
  }
  // Epilogue: the last columns contributed to the last outputs only.
  unroll<Taps - 1>([&](auto t) {
    if (t < Taps - 1 - call.clippedRight) addColumn(std::integral_constant<int, t + 1>{}, endTap, output);
    output += dyStep;
  });

  unroll<Rows>([&](auto r) {
    unroll<Taps>([&](auto k) {
      float* const to = gradient + r * call.filterRowStep + k * call.filterTapStep;
      store(to, add(load(to), sum[r][k]));
    });
  });
}

template <int Rows, int Taps, Between Middle, Write Mode>
void microkernel(const MicrokernelCall& call, const float* filter, float* out) {
  const int lanes = call.lanes;
  for (int lane = 0; lane < lanes; lane += 4) correlateFourLanes<Rows, Taps, Middle, Mode>(call, filter, out, lane);
}

template <int Rows, int Taps>
void filterMicrokernel(const MicrokernelCall& callOfRow, const float* dy, float* gradient) {
  const MicrokernelCall call = callOfRow;
  for (int lane = 0; lane < call.lanes; lane += 4) filterGradientOfFourLanes<Rows, Taps>(call, dy, gradient, lane);
}

template <int Rows, Write Mode>
constexpr Microkernel kMicrokernels[] = {microkernel<Rows, 1, Between::kNothing, Mode>,
                                         microkernel<Rows, 2, Between::kNothing, Mode>,
                                         microkernel<Rows, 3, Between::kNothing, Mode>};

template <Write Mode>
constexpr Microkernel kInterleavedMicrokernels[] = {microkernel<1, 2, Between::kTap, Mode>,
                                                    microkernel<2, 2, Between::kTap, Mode>,
                                                    microkernel<3, 2, Between::kTap, Mode>};

template <int Rows>
constexpr FilterMicrokernel kFilterMicrokernels[] = {filterMicrokernel<Rows, 1>, filterMicrokernel<Rows, 2>,
                                                     filterMicrokernel<Rows, 3>};

}  // namespace

Microkernel microkernelFor(int rows, int taps, Between between, Write write) {
  static constexpr const Microkernel* kTable[][kMicrokernelRows] = {
      {kMicrokernels<1, Write::kOverwrite>, kMicrokernels<2, Write::kOverwrite>, kMicrokernels<3, Write::kOverwrite>},
      {kMicrokernels<1, Write::kAdd>, kMicrokernels<2, Write::kAdd>, kMicrokernels<3, Write::kAdd>},
      {kMicrokernels<1, Write::kEpilogue>, kMicrokernels<2, Write::kEpilogue>, kMicrokernels<3, Write::kEpilogue>}};
  static constexpr const Microkernel* kInterleaved[] = {kInterleavedMicrokernels<Write::kOverwrite>,
                                                        kInterleavedMicrokernels<Write::kAdd>,
                                                        kInterleavedMicrokernels<Write::kEpilogue>};
  if (between == Between::kTap) return kInterleaved[static_cast<int>(write)][rows - 1];
  return kTable[static_cast<int>(write)][rows - 1][taps - 1];
}

FilterMicrokernel filterMicrokernelFor(int rows, int taps) {
  static constexpr const FilterMicrokernel* kTable[] = {kFilterMicrokernels<1>, kFilterMicrokernels<2>,
                                                        kFilterMicrokernels<3>};
  return kTable[rows - 1][taps - 1];
}

}  // namespace depthwise
