#include "conv/microkernel.h"

namespace depthwise {
namespace {

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

Microkernel microkernelFor(int rows, int taps, Between middle, Write mode) {
  static constexpr const Microkernel* kTable[][kMicrokernelRows] = {
      {kMicrokernels<1, Write::kOverwrite>, kMicrokernels<2, Write::kOverwrite>, kMicrokernels<3, Write::kOverwrite>},
      {kMicrokernels<1, Write::kAdd>, kMicrokernels<2, Write::kAdd>, kMicrokernels<3, Write::kAdd>},
      {kMicrokernels<1, Write::kEpilogue>, kMicrokernels<2, Write::kEpilogue>, kMicrokernels<3, Write::kEpilogue>}};
  static constexpr const Microkernel* kInterleaved[] = {
      kInterleavedMicrokernels<Write::kOverwrite>, kInterleavedMicrokernels<Write::kAdd>, kInterleavedMicrokernels<Write::kEpilogue>};
  if (middle == Between::kTap) return kInterleaved[static_cast<int>(mode)][rows - 1];
  return kTable[static_cast<int>(mode)][rows - 1][taps - 1];
}

FilterMicrokernel filterMicrokernelFor(int rows, int taps) {
  static constexpr const FilterMicrokernel* kTable[kMicrokernelRows] = {kFilterMicrokernels<1>, kFilterMicrokernels<2>,
                                                                    kFilterMicrokernels<3>};
  return kTable[rows - 1][taps - 1];
}

}  // namespace depthwise
