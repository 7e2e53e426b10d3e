#include "conv/microkernel.h"

#include <cstdint>

namespace depthwise {
namespace {

/// The address of a column of a row, or of an output. It moves with the loop. After the last column it is outside of
/// the tensor, where C++ allows no pointer, so it is an integer. Offsets from a fixed pointer would be 5 to 8 % slower,
/// because V8 computes base + offset for each load.
template <class Float>
class Cursor {
 public:
  Cursor() = default;
  DEPTHWISE_INLINE explicit Cursor(Float* at) : address_(reinterpret_cast<uintptr_t>(at)) {}

  DEPTHWISE_INLINE Cursor operator+(ptrdiff_t floats) const { return Cursor(address_ + kBytes * floats); }
  DEPTHWISE_INLINE void operator+=(ptrdiff_t floats) { address_ += kBytes * floats; }
  DEPTHWISE_INLINE bool operator!=(const Cursor& other) const { return address_ != other.address_; }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a store may alias these addresses anyway
  DEPTHWISE_INLINE Float* get() const { return reinterpret_cast<Float*>(address_); }

 private:
  static constexpr ptrdiff_t kBytes = sizeof(float);
  DEPTHWISE_INLINE explicit Cursor(uintptr_t address) : address_(address) {}

  uintptr_t address_;
};

/// Computes four lanes of a segment, from `lane` on.
template <int Rows, int Taps, Between Middle, Write Mode>
DEPTHWISE_INLINE void correlateFourLanes(const MicrokernelCall& call, const float* filter, float* out, int lane) {
  // Local copies: for the compiler, a store to `out` might change the originals.
  const ptrdiff_t inStep = call.inStep, outStep = call.outStep, betweenOffset = call.betweenOffset;
  const int clippedLeft = call.clippedLeft, clippedRight = call.clippedRight;
  const Limits* const limits = call.epilogue.limits;
  Cursor<const float> in[Rows];  // the current column
  unroll<Rows>([&](auto r) { in[r] = Cursor<const float>(call.in[r] + lane); });
  Cursor<float> to(out + lane);  // the current output
  filter += lane * call.filterLaneStep;

  f32x4 weight[Rows][Taps];
  unroll<Rows>([&](auto r) {
    unroll<Taps>([&](auto k) { weight[r][k] = load(filter + r * call.filterRowStep + k * call.filterTapStep); });
  });
  f32x4 between[Rows];
  if constexpr (Middle != Between::kNothing) {
    unroll<Rows>([&](auto r) { between[r] = load(filter + r * call.filterRowStep + call.betweenTap); });
  }
  f32x4 sum[Taps];
  unroll<Taps>([&](auto k) { sum[k] = splat(0); });

  const auto addBetween = [&] {
    if constexpr (Middle == Between::kTap) {
      unroll<Rows>([&](auto r) { sum[0] = multiplyAdd(load((in[r] + betweenOffset).get()), between[r], sum[0]); });
    }
  };
  const auto nextColumn = [&] { unroll<Rows>([&](auto r) { in[r] += inStep; }); };
  const float* const bias = Mode == Write::kEpilogue ? call.epilogue.bias + lane * call.filterLaneStep : nullptr;
  const auto put = [&](f32x4 value) {
    if constexpr (Mode == Write::kAdd) value = add(value, load(to.get()));
    if constexpr (Mode == Write::kEpilogue) {
      value = add(value, load(bias));
      value = min(max(value, load(limits->low)), load(limits->high));
    }
    store(to.get(), value);
    to += outStep;
  };
  // Writes the output between that reads the current column.
  const auto putBetween = [&](ptrdiff_t offset) {
    if constexpr (Middle == Between::kOutput) {
      f32x4 value = mul(load(in[0].get()), between[0]);
      unroll<Rows - 1>([&](auto r) { value = multiplyAdd(load(in[r + 1].get()), between[r + 1], value); });
      store((to + offset).get(), value);
    }
  };

  // Prologue: column j contributes to the outputs 0 to j only, as tap j − output.
  unroll<Taps - 1>([&](auto j) {
    if (j < clippedLeft) return;
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r].get());
      unroll<j + 1>([&](auto k) {
        sum[j - k] = r == 0 && k == 0 ? mul(x, weight[r][k]) : multiplyAdd(x, weight[r][k], sum[j - k]);
      });
    });
    putBetween(betweenOffset - outStep);
    nextColumn();
  });
  // Comparing `to` with the end saves a counter. With a tap between (two columns per output), a counter is faster.
  int left = call.outCount - clippedRight;
  const Cursor<float> end = to + left * outStep;
  for (; Middle == Between::kTap ? left > 0 : to != end; --left) {
    addBetween();
    if (Middle == Between::kTap && isNegative(left)) break;  // never taken; see isNegative
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r].get());
      unroll<Taps - 1>([&](auto k) { sum[k] = multiplyAdd(x, weight[r][Taps - 1 - k], sum[k]); });
      // The newest sum starts here.
      sum[Taps - 1] = r == 0 ? mul(x, weight[r][0]) : multiplyAdd(x, weight[r][0], sum[Taps - 1]);
    });
    putBetween(betweenOffset);
    put(sum[0]);
    nextColumn();
    unroll<Taps - 1>([&](auto k) { sum[k] = sum[k + 1]; });
  }
  // Epilogue: the last columns lie outside of the image, so the sums are complete.
  unroll<Taps - 1>([&](auto t) {
    if (t >= clippedRight) return;
    if (t == 0) addBetween();
    put(sum[t]);
  });
}

/// Adds the sums of four lanes of a segment, from `lane` on, to `gradient`. This is the loop of correlateFourLanes with
/// exchanged roles: the nine sums stay in registers, and each column of x is multiplied by the three dy to which it
/// contributed. The loop loads the dy again for each column instead of moving them from register to register: nine
/// sums, three dy and an x already fill the registers, and moves make V8 spill.
template <int Rows, int Taps>
DEPTHWISE_INLINE void filterGradientOfFourLanes(const MicrokernelCall& call, const float* dy, float* gradient,
                                                int lane) {
  const ptrdiff_t inStep = call.inStep, dyStep = call.outStep;
  Cursor<const float> in[Rows];  // the current column
  unroll<Rows>([&](auto r) { in[r] = Cursor<const float>(call.in[r] + lane); });
  gradient += lane * call.filterLaneStep;

  f32x4 sum[Rows][Taps];
  unroll<Rows>([&](auto r) { unroll<Taps>([&](auto k) { sum[r][k] = splat(0); }); });

  // Adds one column of x, for the taps [from, to). The last tap multiplies it by the dy at `output`, tap k by the dy
  // that is Taps − 1 − k outputs later.
  Cursor<const float> output = Cursor<const float>(dy + lane) + (Taps - 1) * -dyStep;
  const auto addColumn = [&](auto from, auto to) {
    f32x4 g[Taps];
    unroll<to - from>([&](auto i) { g[from + i] = load((output + (Taps - 1 - from - i) * dyStep).get()); });
    keepLoadsApart();
    unroll<Rows>([&](auto r) {
      const f32x4 x = load(in[r].get());
      unroll<to - from>([&](auto i) { sum[r][from + i] = multiplyAdd(x, g[from + i], sum[r][from + i]); });
    });
    unroll<Rows>([&](auto r) { in[r] += inStep; });
  };
  constexpr std::integral_constant<int, 0> firstTap{};
  constexpr std::integral_constant<int, Taps> endTap{};

  // Prologue: column j contributed to the outputs 0 to j only, as tap j − output.
  unroll<Taps - 1>([&](auto j) {
    if (j >= call.clippedLeft) addColumn(firstTap, std::integral_constant<int, j + 1>{});
    output += dyStep;
  });
#if defined(__clang__)  // V8 unrolls this loop
#pragma clang loop unroll(disable)
#endif
  for (int left = call.outCount - (Taps - 1); left > 0; --left) {
    addColumn(firstTap, endTap);
    output += dyStep;
  }
  // Epilogue: the last columns contributed to the last outputs only.
  unroll<Taps - 1>([&](auto t) {
    if (t < Taps - 1 - call.clippedRight) addColumn(std::integral_constant<int, t + 1>{}, endTap);
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
  const MicrokernelCall call = callOfRow;  // for the compiler, a store to `gradient` might change the original
  for (int lane = 0; lane < call.lanes; lane += 4) filterGradientOfFourLanes<Rows, Taps>(call, dy, gradient, lane);
}

template <int Rows, Write Mode>
constexpr Microkernel kMicrokernels[] = {microkernel<Rows, 1, Between::kNothing, Mode>,
                                         microkernel<Rows, 2, Between::kNothing, Mode>,
                                         microkernel<Rows, 3, Between::kNothing, Mode>};

template <Between Middle, Write Mode>
constexpr Microkernel kInterleavedMicrokernels[] = {microkernel<1, 2, Middle, Mode>, microkernel<2, 2, Middle, Mode>,
                                                    microkernel<3, 2, Middle, Mode>};

template <int Rows>
constexpr FilterMicrokernel kFilterMicrokernels[] = {filterMicrokernel<Rows, 1>, filterMicrokernel<Rows, 2>,
                                                     filterMicrokernel<Rows, 3>};

}  // namespace

Microkernel microkernelFor(int rows, int taps, Between between, Write write) {
  static constexpr const Microkernel* kTable[][kMicrokernelRows] = {
      {kMicrokernels<1, Write::kOverwrite>, kMicrokernels<2, Write::kOverwrite>, kMicrokernels<3, Write::kOverwrite>},
      {kMicrokernels<1, Write::kAdd>, kMicrokernels<2, Write::kAdd>, kMicrokernels<3, Write::kAdd>},
      {kMicrokernels<1, Write::kEpilogue>, kMicrokernels<2, Write::kEpilogue>, kMicrokernels<3, Write::kEpilogue>}};
  if (between == Between::kOutput) return kInterleavedMicrokernels<Between::kOutput, Write::kOverwrite>[rows - 1];
  if (between == Between::kTap) {
    return write == Write::kEpilogue ? kInterleavedMicrokernels<Between::kTap, Write::kEpilogue>[rows - 1]
                                     : kInterleavedMicrokernels<Between::kTap, Write::kOverwrite>[rows - 1];
  }
  return kTable[static_cast<int>(write)][rows - 1][taps - 1];
}

FilterMicrokernel filterMicrokernelFor(int rows, int taps) {
  static constexpr const FilterMicrokernel* kTable[] = {kFilterMicrokernels<1>, kFilterMicrokernels<2>,
                                                        kFilterMicrokernels<3>};
  return kTable[rows - 1][taps - 1];
}

}  // namespace depthwise
