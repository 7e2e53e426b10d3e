#include "conv/microkernel.h"

#include <catch2/catch.hpp>
#include <memory>

#include "compare.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Steps between pixels, larger than any number of lanes here, so that gaps must stay as they are.
constexpr int kInStep = 14, kOutStep = 17, kTapStep = 13, kRowStep = 5 * kTapStep;

struct CallCase {
  int rows, taps, outCount, clippedLeft, clippedRight, lanes;

  int columns() const { return outCount + taps - 1 - clippedLeft - clippedRight; }  ///< that lie inside

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

/// Buffers just as long as the case needs, with guards around each row.
struct CallBuffers {
  CallBuffers(const CallCase& c, Random& random)
      : out((c.outCount - 1) * kOutStep + c.lanes, random.within(0, 15)),
        filter((c.rows - 1) * kRowStep + (c.taps - 1) * kTapStep + c.lanes, random.within(0, 15)) {
    for (int r = 0; r < c.rows; ++r) {
      rows.push_back(std::make_unique<GuardedTensor>((c.columns() - 1) * kInStep + c.lanes, random.within(0, 15)));
      fill(*rows.back(), random, Values::kIntegers);
    }
    fill(out, random, Values::kIntegers);
    fill(filter, random, Values::kIntegers);
  }

  MicrokernelCall call(const CallCase& c) const {
    MicrokernelCall s{{}, kInStep, kOutStep, kRowStep, kTapStep, c.outCount, c.clippedLeft, c.clippedRight, c.lanes, 1, 0, 0, {}};
    for (size_t r = 0; r < rows.size(); ++r) s.in[r] = rows[r]->data();
    return s;
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

size_t outAt(int output, int lane) { return static_cast<size_t>(output * kOutStep + lane); }
size_t tapAt(int row, int tap, int lane) { return static_cast<size_t>(row * kRowStep + tap * kTapStep + lane); }

std::string wrongCall(const CallCase& c, Write mode, Random& random) {
  CallBuffers buffers(c, random);
  std::vector<float> expected(buffers.out.values().begin(), buffers.out.values().end());
  for (int lane = 0; lane < c.lanes; ++lane) {
    for (int output = 0; output < c.outCount && mode != Write::kAdd; ++output) expected[outAt(output, lane)] = 0;
    c.forEachProduct([&](int row, int column, int tap, int output) {
      expected[outAt(output, lane)] += buffers.in(row, column, lane) * buffers.filter[tapAt(row, tap, lane)];
    });
  }
  MicrokernelCall call = buffers.call(c);
  GuardedTensor bias(c.lanes, 6);
  fill(bias, random, Values::kIntegers);
  const Limits limits{{-9, -9, -9, -9}, {9, 9, 9, 9}};
  if (mode == Write::kEpilogue) {
    call.finish = {bias.data(), &limits};
    for (int lane = 0; lane < c.lanes; ++lane) {
      for (int output = 0; output < c.outCount; ++output) {
        float& value = expected[outAt(output, lane)];
        value = std::clamp(value + bias[static_cast<size_t>(lane)], -9.0f, 9.0f);
      }
    }
  }
  microkernelFor(c.rows, c.taps, Between::kNothing, mode)(call, buffers.filter.data(), buffers.out.data());
  return buffers.guardsAreIntact() ? valueDifference(buffers.out.values(), expected) : "a guard was written over";
}

std::string wrongFilterCall(const CallCase& c, Random& random) {
  CallBuffers buffers(c, random);
  std::vector<float> expected(buffers.filter.values().begin(), buffers.filter.values().end());
  for (int lane = 0; lane < c.lanes; ++lane) {
    c.forEachProduct([&](int row, int column, int tap, int output) {
      expected[tapAt(row, tap, lane)] += buffers.in(row, column, lane) * buffers.out[outAt(output, lane)];
    });
  }
  filterMicrokernelFor(c.rows, c.taps)(buffers.call(c), buffers.out.data(), buffers.filter.data());
  return buffers.guardsAreIntact() ? valueDifference(buffers.filter.values(), expected) : "a guard was written over";
}

/// Every size, every clippedLeft and clippedRight that leaves a column, few and more outputs.
template <class Check>
void forEachCase(Check&& check) {
  for (int rows = 1; rows <= kMicrokernelRows; ++rows) {
    for (int taps = 1; taps <= kMicrokernelTaps; ++taps) {
      for (int outCount = std::max(1, taps - 1); outCount <= 6; ++outCount) {
        for (int clippedLeft = 0; clippedLeft < taps; ++clippedLeft) {
          for (int clippedRight = 0; clippedRight < taps; ++clippedRight) {
            for (const int lanes : {4, 12}) {
              const CallCase c{rows, taps, outCount, clippedLeft, clippedRight, lanes};
              if (c.columns() < 1) continue;
              INFO(rows << "×" << taps << ", " << outCount << " outputs, clippedLeft " << clippedLeft << ", clippedRight " << clippedRight);
              check(c);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("microkernel: all sizes and borders, overwriting") {
  Random random(1);
  forEachCase([&](const CallCase& c) { CHECK(wrongCall(c, Write::kOverwrite, random) == ""); });
}

TEST_CASE("microkernel: all sizes and borders, adding") {
  Random random(2);
  forEachCase([&](const CallCase& c) { CHECK(wrongCall(c, Write::kAdd, random) == ""); });
}

TEST_CASE("microkernel: all sizes and borders, with bias and limits") {
  Random random(5);
  forEachCase([&](const CallCase& c) { CHECK(wrongCall(c, Write::kEpilogue, random) == ""); });
}

TEST_CASE("microkernel: the filter's, all sizes and borders") {
  Random random(3);
  forEachCase([&](const CallCase& c) { CHECK(wrongFilterCall(c, random) == ""); });
}

TEST_CASE("microkernel: taps may be walked backwards") {
  Random random(4);
  const CallCase c{2, 3, 5, 1, 0, 4};
  CallBuffers forwards(c, random);
  GuardedTensor reversed(static_cast<int64_t>(forwards.filter.size()), 0);
  for (int row = 0; row < 2; ++row) {
    for (int tap = 0; tap < 3; ++tap) {
      for (int lane = 0; lane < 4; ++lane) {
        reversed[tapAt(1 - row, 2 - tap, lane)] = forwards.filter[tapAt(row, tap, lane)];
      }
    }
  }
  MicrokernelCall call = forwards.call(c);
  const Microkernel function = microkernelFor(2, 3, Between::kNothing, Write::kOverwrite);
  function(call, forwards.filter.data(), forwards.out.data());
  const std::vector<float> expected(forwards.out.values().begin(), forwards.out.values().end());
  call.filterRowStep = -kRowStep;
  call.filterTapStep = -kTapStep;
  function(call, reversed.data() + tapAt(1, 2, 0), forwards.out.data());
  CHECK(valueDifference(forwards.out.values(), expected) == "");
}

}  // namespace
}  // namespace depthwise
