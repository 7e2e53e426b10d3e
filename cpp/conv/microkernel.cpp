#include "conv/microkernel.h"

namespace depthwise {
namespace {

template <int Rows, Write Mode>
constexpr SweepFunction kSweeps[] = {sweepLanes<Rows, 1, Between::kNothing, Mode>,
                                     sweepLanes<Rows, 2, Between::kNothing, Mode>,
                                     sweepLanes<Rows, 3, Between::kNothing, Mode>};

template <Write Mode>
constexpr SweepFunction kInterlacedSweeps[] = {sweepLanes<1, 2, Between::kTap, Mode>,
                                               sweepLanes<2, 2, Between::kTap, Mode>,
                                               sweepLanes<3, 2, Between::kTap, Mode>};

template <int Rows>
constexpr FilterSweepFunction kFilterSweeps[] = {sweepFilterLanes<Rows, 1>, sweepFilterLanes<Rows, 2>,
                                                 sweepFilterLanes<Rows, 3>};

}  // namespace

SweepFunction sweepFor(int rows, int taps, Between middle, Write mode) {
  static constexpr const SweepFunction* kTable[][kSweepRows] = {
      {kSweeps<1, Write::kOverwrite>, kSweeps<2, Write::kOverwrite>, kSweeps<3, Write::kOverwrite>},
      {kSweeps<1, Write::kAdd>, kSweeps<2, Write::kAdd>, kSweeps<3, Write::kAdd>},
      {kSweeps<1, Write::kFinish>, kSweeps<2, Write::kFinish>, kSweeps<3, Write::kFinish>}};
  static constexpr const SweepFunction* kInterlaced[] = {
      kInterlacedSweeps<Write::kOverwrite>, kInterlacedSweeps<Write::kAdd>, kInterlacedSweeps<Write::kFinish>};
  if (middle == Between::kTap) return kInterlaced[static_cast<int>(mode)][rows - 1];
  return kTable[static_cast<int>(mode)][rows - 1][taps - 1];
}

FilterSweepFunction filterSweepFor(int rows, int taps) {
  static constexpr const FilterSweepFunction* kTable[kSweepRows] = {kFilterSweeps<1>, kFilterSweeps<2>,
                                                                    kFilterSweeps<3>};
  return kTable[rows - 1][taps - 1];
}

}  // namespace depthwise
