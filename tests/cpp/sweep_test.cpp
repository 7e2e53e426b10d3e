#include "conv/microkernel.h"

#include <catch2/catch.hpp>
#include <memory>

#include "compare.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Steps between pixels, larger than any number of lanes here, so that gaps must stay as they are.
constexpr int kInStep = 14, kOutStep = 17, kTapStep = 13, kRowStep = 5 * kTapStep;

struct SweepCase {
  int rows, taps, outCount, lead, trail, lanes;

  int columns() const { return outCount + taps - 1 - lead - trail; }  ///< that lie inside

  /// Calls visit(row, column, tap, output) for every product.
  template <class Visit>
  void forEachProduct(Visit&& visit) const {
    for (int r = 0; r < rows; ++r) {
      for (int output = 0; output < outCount; ++output) {
        for (int k = 0; k < taps; ++k) {
          const int column = output + k - lead;
          if (column >= 0 && column < columns()) visit(r, column, k, output);
        }
      }
    }
  }
};

/// Buffers just as long as the case needs, with guards around each row.
struct SweepBuffers {
  SweepBuffers(const SweepCase& c, Random& random)
      : out((c.outCount - 1) * kOutStep + c.lanes, random.within(0, 15)),
        filter((c.rows - 1) * kRowStep + (c.taps - 1) * kTapStep + c.lanes, random.within(0, 15)) {
    for (int r = 0; r < c.rows; ++r) {
      rows.push_back(std::make_unique<GuardedTensor>((c.columns() - 1) * kInStep + c.lanes, random.within(0, 15)));
      fill(*rows.back(), random, Values::kIntegers);
    }
    fill(out, random, Values::kIntegers);
    fill(filter, random, Values::kIntegers);
  }

  Sweep sweep(const SweepCase& c) const {
    Sweep s{{}, kInStep, kOutStep, kRowStep, kTapStep, c.outCount, c.lead, c.trail, c.lanes, 1, 0, 0, {}};
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

std::string wrongSweep(const SweepCase& c, Write mode, Random& random) {
  SweepBuffers buffers(c, random);
  std::vector<float> expected(buffers.out.values().begin(), buffers.out.values().end());
  for (int lane = 0; lane < c.lanes; ++lane) {
    for (int output = 0; output < c.outCount && mode != Write::kAdd; ++output) expected[outAt(output, lane)] = 0;
    c.forEachProduct([&](int row, int column, int tap, int output) {
      expected[outAt(output, lane)] += buffers.in(row, column, lane) * buffers.filter[tapAt(row, tap, lane)];
    });
  }
  Sweep sweep = buffers.sweep(c);
  GuardedTensor bias(c.lanes, 6);
  fill(bias, random, Values::kIntegers);
  const Limits limits{{-9, -9, -9, -9}, {9, 9, 9, 9}};
  if (mode == Write::kFinish) {
    sweep.finish = {bias.data(), &limits};
    for (int lane = 0; lane < c.lanes; ++lane) {
      for (int output = 0; output < c.outCount; ++output) {
        float& value = expected[outAt(output, lane)];
        value = std::clamp(value + bias[static_cast<size_t>(lane)], -9.0f, 9.0f);
      }
    }
  }
  sweepFor(c.rows, c.taps, Between::kNothing, mode)(sweep, buffers.filter.data(), buffers.out.data());
  return buffers.guardsAreIntact() ? valueDifference(buffers.out.values(), expected) : "a guard was written over";
}

std::string wrongFilterSweep(const SweepCase& c, Random& random) {
  SweepBuffers buffers(c, random);
  std::vector<float> expected(buffers.filter.values().begin(), buffers.filter.values().end());
  for (int lane = 0; lane < c.lanes; ++lane) {
    c.forEachProduct([&](int row, int column, int tap, int output) {
      expected[tapAt(row, tap, lane)] += buffers.in(row, column, lane) * buffers.out[outAt(output, lane)];
    });
  }
  filterSweepFor(c.rows, c.taps)(buffers.sweep(c), buffers.out.data(), buffers.filter.data());
  return buffers.guardsAreIntact() ? valueDifference(buffers.filter.values(), expected) : "a guard was written over";
}

/// Every size, every lead and trail that leaves a column, few and more outputs.
template <class Check>
void forEachCase(Check&& check) {
  for (int rows = 1; rows <= kSweepRows; ++rows) {
    for (int taps = 1; taps <= kSweepTaps; ++taps) {
      for (int outCount = std::max(1, taps - 1); outCount <= 6; ++outCount) {
        for (int lead = 0; lead < taps; ++lead) {
          for (int trail = 0; trail < taps; ++trail) {
            for (const int lanes : {4, 12}) {
              const SweepCase c{rows, taps, outCount, lead, trail, lanes};
              if (c.columns() < 1) continue;
              INFO(rows << "×" << taps << ", " << outCount << " outputs, lead " << lead << ", trail " << trail);
              check(c);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("sweep: all sizes and borders, overwriting") {
  Random random(1);
  forEachCase([&](const SweepCase& c) { CHECK(wrongSweep(c, Write::kOverwrite, random) == ""); });
}

TEST_CASE("sweep: all sizes and borders, adding") {
  Random random(2);
  forEachCase([&](const SweepCase& c) { CHECK(wrongSweep(c, Write::kAdd, random) == ""); });
}

TEST_CASE("sweep: all sizes and borders, with bias and limits") {
  Random random(5);
  forEachCase([&](const SweepCase& c) { CHECK(wrongSweep(c, Write::kFinish, random) == ""); });
}

TEST_CASE("sweep: the filter's, all sizes and borders") {
  Random random(3);
  forEachCase([&](const SweepCase& c) { CHECK(wrongFilterSweep(c, random) == ""); });
}

TEST_CASE("sweep: taps may be walked backwards") {
  Random random(4);
  const SweepCase c{2, 3, 5, 1, 0, 4};
  SweepBuffers forwards(c, random);
  GuardedTensor reversed(static_cast<int64_t>(forwards.filter.size()), 0);
  for (int row = 0; row < 2; ++row) {
    for (int tap = 0; tap < 3; ++tap) {
      for (int lane = 0; lane < 4; ++lane) {
        reversed[tapAt(1 - row, 2 - tap, lane)] = forwards.filter[tapAt(row, tap, lane)];
      }
    }
  }
  Sweep sweep = forwards.sweep(c);
  const SweepFunction function = sweepFor(2, 3, Between::kNothing, Write::kOverwrite);
  function(sweep, forwards.filter.data(), forwards.out.data());
  const std::vector<float> expected(forwards.out.values().begin(), forwards.out.values().end());
  sweep.filterRowStep = -kRowStep;
  sweep.filterTapStep = -kTapStep;
  function(sweep, reversed.data() + tapAt(1, 2, 0), forwards.out.data());
  CHECK(valueDifference(forwards.out.values(), expected) == "");
}

}  // namespace
}  // namespace depthwise
