#define DEPTHWISE_THREADS 1
#include "parallel/parallel.h"

#include <catch2/catch.hpp>
#include <vector>

namespace depthwise {
namespace {

int partsRun = 0;
bool doThreadsExist = true;
bool doThreadsPay = true;

}  // namespace

/// Runs the parts in reverse order, as if other threads were faster, or the whole loop.
bool runParts(PartFunction function, void* context, int parts, double, RangeFunction, bool) {
  if (!doThreadsExist) return false;
  if (!doThreadsPay) {
    function(context, kWholeLoop);
    return true;
  }
  for (int part = parts - 1; part >= 0; --part, ++partsRun) function(context, part);
  return true;
}

namespace {

TEST_CASE("parallelFor visits each index once, in ranges of whole units") {
  for (const bool exist : {true, false}) {
    doThreadsExist = exist;
    for (const ptrdiff_t count : {0, 1, 15, 16, 17, 100, 1000}) {
      for (const ptrdiff_t unit : {1, 16}) {
        for (const double bytes : {0.0, 1e5, 1e9}) {
          std::vector<int> visits(static_cast<size_t>(count));
          const Status status = parallelFor(count, unit, workOfBytes(bytes), [&](ptrdiff_t first, ptrdiff_t end) {
            REQUIRE((first < end || count == 0));
            REQUIRE(first % unit == 0);
            REQUIRE((end % unit == 0 || end == count));
            for (ptrdiff_t i = first; i < end; ++i) ++visits[static_cast<size_t>(i)];
            return Status{};
          });
          REQUIRE(status);
          REQUIRE(visits == std::vector<int>(static_cast<size_t>(count), 1));
        }
      }
    }
  }
}

TEST_CASE("parallelFor uses threads for long work only") {
  doThreadsExist = true;
  const auto partsOfWork = [](Work work) {
    partsRun = 0;
    REQUIRE(parallelFor(1000, 1, work, [](ptrdiff_t, ptrdiff_t) { return Status{}; }));
    return partsRun;
  };
  REQUIRE(partsOfWork(workOfFlops(1e5)) == 0);  // 2.5 µs
  REQUIRE(partsOfWork(workOfFlops(5e5)) == 2);  // 12.5 µs
  REQUIRE(partsOfWork(workOfBytes(1e6)) == 2);  // 50 µs
  REQUIRE(partsOfWork(workOfBytes(2e6)) == 4);  // 100 µs
  REQUIRE(partsOfWork(workOfFlops(1e9)) == kMaxParts);
}

TEST_CASE("parallelFor runs the whole loop if threads do not pay, and parts after that fails") {
  doThreadsPay = false;
  std::vector<ptrdiff_t> lengths;
  uint64_t bytesWanted = 0;
  const auto run = [&] {
    lengths.clear();
    return parallelFor(16, 1, workOfBytes(1e9), [&](ptrdiff_t first, ptrdiff_t end) {
      lengths.push_back(end - first);
      return Status{end - first == 16 ? bytesWanted : 0};
    });
  };
  REQUIRE(run());
  REQUIRE(lengths == std::vector<ptrdiff_t>{16});
  bytesWanted = 100;
  REQUIRE(run());
  REQUIRE(lengths.size() == 17);
  doThreadsPay = true;
}

TEST_CASE("parallelFor runs parts again for which a thread had no memory") {
  doThreadsExist = true;
  std::vector<int> visits(16);
  const auto run = [&](int failures) {
    std::fill(visits.begin(), visits.end(), 0);
    return parallelFor(16, 1, workOfBytes(1e9), [&](ptrdiff_t first, ptrdiff_t end) {
      REQUIRE(end == first + 1);
      const bool fails = first % 2 == 1 && visits[static_cast<size_t>(first)]++ < failures;
      return Status{fails ? uint64_t{100} : 0};
    });
  };
  REQUIRE(run(1));
  for (size_t i = 1; i < 16; i += 2) REQUIRE(visits[i] == 2);
  const Status status = run(2);
  REQUIRE(status.bytesWanted == 100);
}

}  // namespace
}  // namespace depthwise
