#include <catch2/catch.hpp>

#include "compare.h"
#include "conv/microkernel.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Columns of the two taps are kInStep apart; those of the tap between stand kHalfStep before each.
constexpr int kHalfStep = 9, kInStep = 2 * kHalfStep, kOutStep = 11, kTapStep = 8, kRowStep = 3 * kTapStep, kLanes = 8;

/// y of three taps at stride 2, by the interleaved sweep or by one of two taps and one of the tap between.
std::vector<float> run(int rows, int outputs, int clippedLeft, int clippedRight, Write mode, bool interleaved, int seed) {
  Random random(static_cast<uint32_t>(seed));
  const int columns = outputs + 1 - clippedLeft - clippedRight;
  GuardedTensor in(rows * (columns + 2) * kInStep, 0), filter(rows * kRowStep, 0), out(outputs * kOutStep, 0);
  for (GuardedTensor* tensor : {&in, &filter, &out}) fill(*tensor, random, Values::kIntegers);

  MicrokernelCall two{{}, kInStep, kOutStep, kRowStep, 2 * kTapStep, outputs, clippedLeft, clippedRight, kLanes, 1, -kHalfStep, kTapStep, {}};
  MicrokernelCall between = two;
  between.clippedLeft = between.clippedRight = 0;
  for (int r = 0; r < rows; ++r) {
    const float* const firstInside = in.data() + (r * (columns + 2) + 1) * kInStep;
    two.in[r] = firstInside;
    between.in[r] = firstInside + (1 - clippedLeft) * kInStep - kHalfStep;
  }
  if (interleaved) {
    microkernelFor(rows, 2, Between::kTap, mode)(two, filter.data(), out.data());
  } else {
    microkernelFor(rows, 2, Between::kNothing, mode)(two, filter.data(), out.data());
    microkernelFor(rows, 1, Between::kNothing, Write::kAdd)(between, filter.data() + kTapStep, out.data());
  }
  REQUIRE(out.guardsAreIntact());
  return {out.values().begin(), out.values().end()};
}

TEST_CASE("microkernel: interleaved, it is that of two taps and that of the tap between in one") {
  int seed = 0;
  for (int rows = 1; rows <= kMicrokernelRows; ++rows) {
    for (int outputs = 1; outputs <= 6; ++outputs) {
      for (int clippedLeft = 0; clippedLeft < 2; ++clippedLeft) {
        for (int clippedRight = 0; clippedRight < 2; ++clippedRight) {
          if (outputs + 1 - clippedLeft - clippedRight < 2) continue;
          for (const Write mode : {Write::kOverwrite, Write::kAdd}) {
            INFO(rows << " rows, " << outputs << " outputs, clippedLeft " << clippedLeft << ", clippedRight " << clippedRight);
            ++seed;
            CHECK(run(rows, outputs, clippedLeft, clippedRight, mode, true, seed) ==
                  run(rows, outputs, clippedLeft, clippedRight, mode, false, seed));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace depthwise
