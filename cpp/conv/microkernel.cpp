#include "conv/microkernel.h"

#include <cstdint>

namespace depthwise {
namespace {

constexpr int kLongLanes = sizeof(LongVector) / sizeof(float);

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

/// Returns a limit in all lanes.
template <class Vector>
DEPTHWISE_INLINE Vector loadLimit(const float (&limit)[4]) {
  if constexpr (std::is_same_v<Vector, f32x4>) {
    return load(limit);
  } else {
    return splat<Vector>(limit[0]);
  }
}

/// Computes as many lanes of a segment as a vector contains, from `lane` on.
template <class Vector, int Rows, int Taps, Between Middle, Write Mode>
DEPTHWISE_INLINE void correlateLanes(const MicrokernelCall& call, const float* filter, float* out, int lane) {
  // Local copies: for the compiler, a store to `out` might change the originals.
  const ptrdiff_t inStep = call.inStep, outStep = call.outStep, betweenOffset = call.betweenOffset;
  const int clippedLeft = call.clippedLeft, clippedRight = call.clippedRight;
  const Limits* const limits = call.epilogue.limits;
  Cursor<const float> in[Rows];  // the current column
  unroll<Rows>([&](auto r) { in[r] = Cursor<const float>(call.in[r] + lane); });
  Cursor<float> to(out + lane);  // the current output
  filter += lane * call.filterLaneStep;

  Vector weight[Rows][Taps];
  unroll<Rows>([&](auto r) {
    unroll<Taps>(
        [&](auto k) { weight[r][k] = load<Vector>(filter + r * call.filterRowStep + k * call.filterTapStep); });
  });
  Vector between[Rows];
  if constexpr (Middle != Between::kNothing) {
    unroll<Rows>([&](auto r) { between[r] = load<Vector>(filter + r * call.filterRowStep + call.betweenTap); });
  }
  Vector sum[Taps];
  unroll<Taps>([&](auto k) { sum[k] = splat<Vector>(0); });

  const auto addBetween = [&] {
    if constexpr (Middle == Between::kTap) {
      unroll<Rows>(
          [&](auto r) { sum[0] = multiplyAdd(load<Vector>((in[r] + betweenOffset).get()), between[r], sum[0]); });
    }
  };
  const auto nextColumn = [&] { unroll<Rows>([&](auto r) { in[r] += inStep; }); };
  const float* const bias = Mode == Write::kEpilogue ? call.epilogue.bias + lane * call.filterLaneStep : nullptr;
  const auto put = [&](Vector value) {
    if constexpr (Mode == Write::kAdd) value = add(value, load<Vector>(to.get()));
    if constexpr (Mode == Write::kEpilogue) {
      value = add(value, load<Vector>(bias));
      value = min(max(value, loadLimit<Vector>(limits->low)), loadLimit<Vector>(limits->high));
    }
    store(to.get(), value);
    to += outStep;
  };
  // Writes the output between that reads the current column.
  const auto putBetween = [&](ptrdiff_t offset) {
    if constexpr (Middle == Between::kOutput) {
      Vector value = mul(load<Vector>(in[0].get()), between[0]);
      unroll<Rows - 1>([&](auto r) { value = multiplyAdd(load<Vector>(in[r + 1].get()), between[r + 1], value); });
      store((to + offset).get(), value);
    }
  };

  // Prologue: column j contributes to the outputs 0 to j only, as tap j − output.
  unroll<Taps - 1>([&](auto j) {
    if (j < clippedLeft) return;
    unroll<Rows>([&](auto r) {
      const Vector x = load<Vector>(in[r].get());
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
      const Vector x = load<Vector>(in[r].get());
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

/// Adds the sums of as many lanes of a segment as a vector contains, from `lane` on, to `gradient`. This is the loop of
/// correlateLanes with exchanged roles: the nine sums stay in registers, and each column of x is multiplied by the
/// three dy to which it contributed. The loop loads the dy again for each column instead of moving them from register
/// to register: nine sums, three dy and an x already fill the registers, and moves make V8 spill.
template <class Vector, int Rows, int Taps>
DEPTHWISE_INLINE void filterGradientOfLanes(const MicrokernelCall& call, const float* dy, float* gradient, int lane) {
  const ptrdiff_t inStep = call.inStep, dyStep = call.outStep;
  Cursor<const float> in[Rows];  // the current column
  unroll<Rows>([&](auto r) { in[r] = Cursor<const float>(call.in[r] + lane); });
  gradient += lane * call.filterLaneStep;

  Vector sum[Rows][Taps];
  unroll<Rows>([&](auto r) { unroll<Taps>([&](auto k) { sum[r][k] = splat<Vector>(0); }); });

  // Adds one column of x, for the taps [from, to). The last tap multiplies it by the dy at `output`, tap k by the dy
  // that is Taps − 1 − k outputs later.
  Cursor<const float> output = Cursor<const float>(dy + lane) + (Taps - 1) * -dyStep;
  const auto addColumn = [&](auto from, auto to) {
    Vector g[Taps];
    unroll<to - from>([&](auto i) { g[from + i] = load<Vector>((output + (Taps - 1 - from - i) * dyStep).get()); });
    keepLoadsApart();
    unroll<Rows>([&](auto r) {
      const Vector x = load<Vector>(in[r].get());
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
      store(to, add(load<Vector>(to), sum[r][k]));
    });
  });
}

/// Returns how many lanes of a call vectors of kLongLanes compute. The other lanes are computed by four. If four lanes
/// share a filter, all are.
[[maybe_unused]] DEPTHWISE_INLINE int lanesOfLongVectors(const MicrokernelCall& call) {
  return call.filterLaneStep == 1 ? call.lanes / kLongLanes * kLongLanes : 0;
}

template <int Rows, int Taps, Between Middle, Write Mode>
void microkernel(const MicrokernelCall& call, const float* filter, float* out) {
  const int lanes = call.lanes;
  int lane = 0;
  if constexpr (kLongLanes > 4) {
    for (const int end = lanesOfLongVectors(call); lane < end; lane += kLongLanes) {
      correlateLanes<LongVector, Rows, Taps, Middle, Mode>(call, filter, out, lane);
    }
  }
  for (; lane < lanes; lane += 4) correlateLanes<f32x4, Rows, Taps, Middle, Mode>(call, filter, out, lane);
}

template <int Rows, int Taps>
void filterMicrokernel(const MicrokernelCall& callOfRow, const float* dy, float* gradient) {
  const MicrokernelCall call = callOfRow;  // for the compiler, a store to `gradient` might change the original
  int lane = 0;
  if constexpr (kLongLanes > 4) {
    for (const int end = lanesOfLongVectors(call); lane < end; lane += kLongLanes) {
      filterGradientOfLanes<LongVector, Rows, Taps>(call, dy, gradient, lane);
    }
  }
  for (; lane < call.lanes; lane += 4) filterGradientOfLanes<f32x4, Rows, Taps>(call, dy, gradient, lane);
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
