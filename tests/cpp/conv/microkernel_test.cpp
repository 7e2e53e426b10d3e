#include "conv/microkernel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "support/compare.h"
#include "support/passes.h"

namespace depthwise {
namespace {

/// Strides in floats, larger than the number of lanes here, so that the tests see writes into gaps.
constexpr int kInStep = 14, kOutStep = 17, kTapStep = 13, kRowStep = 5 * kTapStep;

struct Case {
  int rows, taps, outCount, clippedLeft, clippedRight, lanes;

  int columns() const { return outCount + taps - 1 - clippedLeft - clippedRight; }  ///< inside of the image

  /// Calls visit(row, column, tap, output) for every product.
  template <class Visit>
  void forEachProduct(Visit&& visit) const {
    for (int r = 0; r < rows; ++r) {
      for (int output = 0; output < outCount; ++output) {
        for (int k = 0; k < taps; ++k) {
          const int column = output + k - clippedLeft;
          if (column >= 0 && column < columns()) visit(r, column, k, output);
        }
      }
    }
  }
};

/// Every size, every number of clipped columns that leaves one, few and many outputs.
template <class Check>
void forEachCase(Check&& check) {
  for (int rows = 1; rows <= kMicrokernelRows; ++rows) {
    for (int taps = 1; taps <= kMicrokernelTaps; ++taps) {
      for (int outCount = std::max(1, taps - 1); outCount <= 6; ++outCount) {
        for (int left = 0; left < taps; ++left) {
          for (int right = 0; right < taps; ++right) {
            for (const int lanes : {4, 12}) {
              const Case c{rows, taps, outCount, left, right, lanes};
              if (c.columns() < 1) continue;
              INFO(rows << "×" << taps << ", " << outCount << " outputs, clipped " << left << " and " << right);
              check(c);
            }
          }
        }
      }
    }
  }
}

/// Tensors that are exactly as long as the case needs, with guards around each row.
struct Tensors {
  Tensors(const Case& c, Random& random)
      : out((c.outCount - 1) * kOutStep + c.lanes, random.within(0, 15)),
        filter((c.rows - 1) * kRowStep + (c.taps - 1) * kTapStep + c.lanes, random.within(0, 15)) {
    for (int r = 0; r < c.rows; ++r) {
      rows.push_back(std::make_unique<GuardedTensor>((c.columns() - 1) * kInStep + c.lanes, random.within(0, 15)));
      fill(*rows.back(), random, Values::kIntegers);
    }
    fill(out, random, Values::kIntegers);
    fill(filter, random, Values::kIntegers);
  }

  MicrokernelCall call(const Case& c) const {
    MicrokernelCall call{.in = {},
                         .inStep = kInStep,
                         .outStep = kOutStep,
                         .filterRowStep = kRowStep,
                         .filterTapStep = kTapStep,
                         .outCount = c.outCount,
                         .clippedLeft = c.clippedLeft,
                         .clippedRight = c.clippedRight,
                         .lanes = c.lanes,
                         .filterLaneStep = 1,
                         .betweenOffset = 0,
                         .betweenTap = 0,
                         .epilogue = {}};
    for (size_t r = 0; r < rows.size(); ++r) call.in[r] = rows[r]->data();
    return call;
  }
  float in(int row, int column, int lane) const {
    return (*rows[static_cast<size_t>(row)])[static_cast<size_t>(column * kInStep + lane)];
  }
  bool guardsAreIntact() const {
    return out.guardsAreIntact() && filter.guardsAreIntact() &&
           std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row->guardsAreIntact(); });
  }

  std::vector<std::unique_ptr<GuardedTensor>> rows;
  GuardedTensor out, filter;
};

std::vector<float> copyOf(const GuardedTensor& tensor) { return {tensor.values().begin(), tensor.values().end()}; }
size_t outAt(int output, int lane) { return static_cast<size_t>(output * kOutStep + lane); }
size_t tapAt(int row, int tap, int lane) { return static_cast<size_t>(row * kRowStep + tap * kTapStep + lane); }

TEST_CASE("microkernel: overwrites, adds, or applies bias and limits, for all sizes and borders") {
  const Write write = GENERATE(Write::kOverwrite, Write::kAdd, Write::kEpilogue);
  Random random(1);
  forEachCase([&](const Case& c) {
    Tensors t(c, random);
    GuardedTensor bias(c.lanes, 6);
    fill(bias, random, Values::kIntegers);
    const Limits limits{{-9, -9, -9, -9}, {9, 9, 9, 9}};
    std::vector<float> expected = copyOf(t.out);
    for (int lane = 0; lane < c.lanes; ++lane) {
      for (int output = 0; output < c.outCount && write != Write::kAdd; ++output) expected[outAt(output, lane)] = 0;
      c.forEachProduct([&](int row, int column, int tap, int output) {
        expected[outAt(output, lane)] += t.in(row, column, lane) * t.filter[tapAt(row, tap, lane)];
      });
      for (int output = 0; output < c.outCount && write == Write::kEpilogue; ++output) {
        float& value = expected[outAt(output, lane)];
        value = std::clamp(value + bias[static_cast<size_t>(lane)], -9.0f, 9.0f);
      }
    }
    MicrokernelCall call = t.call(c);
    if (write == Write::kEpilogue) call.epilogue = {.bias = bias.data(), .limits = &limits};
    microkernelFor(c.rows, c.taps, Between::kNothing, write)(call, t.filter.data(), t.out.data());
    CHECK(valueDifference(t.out.values(), expected) == "");
    CHECK(t.guardsAreIntact());
  });
}

TEST_CASE("microkernel: the filter gradient adds to the gradient, for all sizes and borders") {
  Random random(3);
  forEachCase([&](const Case& c) {
    Tensors t(c, random);
    std::vector<float> expected = copyOf(t.filter);
    for (int lane = 0; lane < c.lanes; ++lane) {
      c.forEachProduct([&](int row, int column, int tap, int output) {
        expected[tapAt(row, tap, lane)] += t.in(row, column, lane) * t.out[outAt(output, lane)];
      });
    }
    filterMicrokernelFor(c.rows, c.taps)(t.call(c), t.out.data(), t.filter.data());
    CHECK(valueDifference(t.filter.values(), expected) == "");
    CHECK(t.guardsAreIntact());
  });
}

TEST_CASE("microkernel: steps of the filter may be negative") {
  Random random(4);
  const Case c{2, 3, 5, 1, 0, 4};
  Tensors t(c, random);
  GuardedTensor reversed(static_cast<int64_t>(t.filter.size()), 0);
  for (int row = 0; row < 2; ++row) {
    for (int tap = 0; tap < 3; ++tap) {
      for (int lane = 0; lane < 4; ++lane) reversed[tapAt(1 - row, 2 - tap, lane)] = t.filter[tapAt(row, tap, lane)];
    }
  }
  MicrokernelCall call = t.call(c);
  const Microkernel compute = microkernelFor(2, 3, Between::kNothing, Write::kOverwrite);
  compute(call, t.filter.data(), t.out.data());
  const std::vector<float> expected = copyOf(t.out);
  call.filterRowStep = -kRowStep;
  call.filterTapStep = -kTapStep;
  compute(call, reversed.data() + tapAt(1, 2, 0), t.out.data());
  CHECK(valueDifference(t.out.values(), expected) == "");
}

/// Computes y of three taps at stride 2: interleaved, or with two calls (taps 0 and 2, then tap 1). Columns of taps 0
/// and 2 are kInStep apart, those of tap 1 half a step before them.
std::vector<float> stride2(const Case& c, bool interleaved, uint32_t seed) {
  constexpr int kHalfStep = kInStep / 2, kRow = 10 * kInStep;
  Random random(seed);
  GuardedTensor in(c.rows * kRow, 0), filter((c.rows + 1) * kRowStep, 0), out(c.outCount * kOutStep, 0);
  for (GuardedTensor* tensor : {&in, &filter, &out}) fill(*tensor, random, Values::kIntegers);
  Tensors unused(c, random);
  MicrokernelCall two = unused.call(c), one = two;
  two.filterTapStep = 2 * kTapStep;
  two.betweenOffset = -kHalfStep;
  two.betweenTap = kTapStep;
  one.clippedLeft = one.clippedRight = 0;
  for (int r = 0; r < c.rows; ++r) {
    two.in[r] = in.data() + r * kRow + kInStep;
    one.in[r] = two.in[r] + (1 - c.clippedLeft) * kInStep - kHalfStep;
  }
  if (interleaved) {
    microkernelFor(c.rows, 2, Between::kTap, Write::kOverwrite)(two, filter.data(), out.data());
  } else {
    microkernelFor(c.rows, 2, Between::kNothing, Write::kOverwrite)(two, filter.data(), out.data());
    microkernelFor(c.rows, 1, Between::kNothing, Write::kAdd)(one, filter.data() + kTapStep, out.data());
  }
  REQUIRE(out.guardsAreIntact());
  return copyOf(out);
}

TEST_CASE("microkernel: an interleaved call equals a call with two taps and a call with the tap between") {
  uint32_t seed = 0;
  forEachCase([&](const Case& c) {
    if (c.taps != 2 || c.lanes != 4 || c.columns() < 2) return;
    ++seed;
    CHECK(stride2(c, true, seed) == stride2(c, false, seed));
  });
  CHECK(seed == 60);
}

/// Computes dx of three taps at stride 2: interleaved, or with two calls (taps 0 and 2, then tap 1). Outputs of taps 0
/// and 2 are kOutStep apart, those of tap 1 half a step after them.
std::vector<float> stride2Gradient(const Case& c, bool interleaved, uint32_t seed) {
  constexpr int kHalfStep = kOutStep / 2;
  Random random(seed);
  Tensors t(c, random);
  GuardedTensor out((c.outCount + 2) * kOutStep, 0), filter((c.rows + 1) * kRowStep, 0);
  for (GuardedTensor* tensor : {&out, &filter}) fill(*tensor, random, Values::kIntegers);
  MicrokernelCall two = t.call(c), one = two;
  two.filterTapStep = 2 * kTapStep;
  two.betweenOffset = kHalfStep;
  two.betweenTap = kTapStep;
  one.outCount = c.columns();
  one.clippedLeft = one.clippedRight = 0;
  float* const to = out.data() + kOutStep;
  if (interleaved) {
    microkernelFor(c.rows, 2, Between::kOutput, Write::kOverwrite)(two, filter.data(), to);
  } else {
    float* const toBetween = to + (c.clippedLeft - 1) * kOutStep + kHalfStep;
    microkernelFor(c.rows, 2, Between::kNothing, Write::kOverwrite)(two, filter.data(), to);
    microkernelFor(c.rows, 1, Between::kNothing, Write::kOverwrite)(one, filter.data() + kTapStep, toBetween);
  }
  REQUIRE(out.guardsAreIntact());
  CHECK(t.guardsAreIntact());
  return copyOf(out);
}

TEST_CASE("microkernel: a call with outputs between equals a call with two taps and a call with the tap between") {
  uint32_t seed = 0;
  forEachCase([&](const Case& c) {
    if (c.taps != 2 || c.lanes != 4) return;
    ++seed;
    CHECK(stride2Gradient(c, true, seed) == stride2Gradient(c, false, seed));
  });
  CHECK(seed > 60);
}

}  // namespace
}  // namespace depthwise
