#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include "support/compare.h"
#include "support/failing_memory.h"

namespace depthwise {

/// Makes each allocation of a call fail: only this one, then this one and all later ones. After each failure, no memory
/// may be left allocated and no result written, and the next call must give the usual results. Returns the number of
/// allocations.
///
/// `call` returns whether it ran, and writes to some of `results`, whose bits are compared.
template <class Call>
int failEachAllocation(const std::vector<std::span<float>>& results, Call&& call) {
  constexpr float kUnwritten = -12345;
  const auto forget = [&] {
    for (const std::span<float> result : results) std::fill(result.begin(), result.end(), kUnwritten);
  };
  const auto copies = [&] {
    std::vector<std::vector<float>> all;
    for (const std::span<float> result : results) all.emplace_back(result.begin(), result.end());
    return all;
  };
  forget();
  const auto unwritten = copies();
  REQUIRE(call());
  const auto expected = copies();
  const int64_t before = liveAllocations();
  int allocations = 0;
  for (const auto refuses : {FailingMemory::Refuses::kOne, FailingMemory::Refuses::kAllFromThenOn}) {
    for (int nth = 1;; ++nth) {
      INFO("allocation " << nth << " fails");
      forget();
      bool ran, refused;
      {
        const FailingMemory memory(nth, refuses);
        ran = call();
        refused = memory.hasRefused();
      }
      REQUIRE(ran != refused);
      CHECK(liveAllocations() == before);
      if (refused) {
        for (size_t i = 0; i < results.size(); ++i) CHECK(bitDifference(results[i], unwritten[i]) == "");
        REQUIRE(call());
        CHECK(liveAllocations() == before);
      }
      for (size_t i = 0; i < results.size(); ++i) CHECK(bitDifference(results[i], expected[i]) == "");
      if (!refused) {
        allocations = nth - 1;
        break;
      }
    }
  }
  return allocations;
}

/// Runs `call` and checks that it allocates nothing.
template <class Call>
void allocatesNothing(Call&& call) {
  const FailingMemory memory(1, FailingMemory::Refuses::kAllFromThenOn);
  call();
  CHECK(memory.asked() == 0);
}

}  // namespace depthwise
