#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "cache_assumptions.h"
#include "cache_model.h"
#include "calls.h"

/// npm run bench:caches: simulates first-level caches of several sizes, and prints how much time the assumptions of
/// cpp/cache_assumptions.h lose in each cache, compared with the best other assumptions for this cache.
///
/// The kernels are compiled so that each load and store calls a function of this file. The time of a call is estimated:
///
///     time = kArithmetic · operations + kAccess · accesses + miss · misses of the first-level cache
///
/// An access is a load or store of up to 16 bytes. Accesses also stand for the start of microkernel calls, which narrow
/// tiles need more often. The factors are from measured times of a CPU with an L1 cache of 32 KB (docs/performance.md).
using namespace depthwise;

namespace {

constexpr double kArithmetic = 0.2 / 16, kAccess = 0.1;  ///< ns per operation, per access
/// ns per miss: as measured, and for a CPU that hides less of the time
constexpr double kMisses[] = {0.3, 1};

/// The first-level caches.
constexpr CacheSize kCaches[] = {{16, 4}, {32, 4}, {32, 8}, {48, 12}, {64, 4}, {64, 8}, {128, 4}, {128, 8}};
constexpr size_t kCacheCount = std::size(kCaches);

std::vector<CacheAssumptions> alternatives() {
  std::vector<CacheAssumptions> list;
  for (const int ways : {3, 4, 6, 8, 10, 16, 24}) list.push_back({.ways = ways});
  for (const int rows : {1, 4, 16}) list.push_back({.maxGroupRows = rows});
  list.push_back({.smallSlice = 16, .largeSlice = 32});
  list.push_back({.smallSlice = 64, .largeSlice = 128});
  return list;
}

/// The memory of all tensors and buffers. Addresses are the same in each run.
alignas(1 << 16) unsigned char arena[size_t{1} << 28];
size_t arenaUsed = 0;

std::vector<CacheModel> caches;
bool isCounting = false;
int64_t accesses = 0;

void useMemory(const void* from, size_t bytes) {
  if (!isCounting || bytes == 0) return;
  const auto first = reinterpret_cast<uintptr_t>(from);
  accesses += static_cast<int64_t>((bytes + 15) / 16);
  for (uint64_t line = first / kCacheLine; line <= (first + bytes - 1) / kCacheLine; ++line) {
    for (CacheModel& cache : caches) cache.use(line);
  }
}

}  // namespace

namespace depthwise {

void* allocateLines(uint64_t bytes) {
  void* const lines = arena + arenaUsed;
  arenaUsed += (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  if (arenaUsed > sizeof arena) std::abort();
  return lines;
}

void releaseLines(void*) {}

}  // namespace depthwise

// The compiler inserts calls of these functions (-fsanitize-coverage). The linker replaces memcpy and memset (--wrap).
extern "C" {
#define DEPTHWISE_TRACE(bytes)                                                   \
  void __sanitizer_cov_load##bytes(const void* from) { useMemory(from, bytes); } \
  void __sanitizer_cov_store##bytes(const void* to) { useMemory(to, bytes); }
DEPTHWISE_TRACE(1)
DEPTHWISE_TRACE(2)
DEPTHWISE_TRACE(4)
DEPTHWISE_TRACE(8)
DEPTHWISE_TRACE(16)
void __sanitizer_cov_trace_pc() {}

void* __real_memcpy(void* to, const void* from, size_t bytes);
void* __wrap_memcpy(void* to, const void* from, size_t bytes) {
  useMemory(from, bytes);
  useMemory(to, bytes);
  return __real_memcpy(to, from, bytes);
}
void* __real_memset(void* to, int value, size_t bytes);
void* __wrap_memset(void* to, int value, size_t bytes) {
  useMemory(to, bytes);
  return __real_memset(to, value, bytes);
}
}

namespace {

/// The memory accesses of a call.
struct Counts {
  int64_t accesses;
  int64_t misses[kCacheCount];
};

/// Simulates the second of two equal calls. The first call fills the caches.
Counts countsOf(const Call& call, const CacheAssumptions& assumptions) {
  assumed = assumptions;
  caches.assign(std::begin(kCaches), std::end(kCaches));
  arenaUsed = 0;
  const auto tensor = [](int64_t floats) {
    return static_cast<float*>(allocateLines(sizeof(float) * static_cast<uint64_t>(floats)));
  };
  float *const a = tensor(call.aSize), *const b = tensor(call.bSize), *const out = tensor(call.outSize);
  const size_t tensors = arenaUsed;
  isCounting = true;
  for (int i = 0; i < 2; ++i) {
    arenaUsed = tensors;
    accesses = 0;
    for (CacheModel& cache : caches) cache.resetMisses();
    if (!call.run(a, b, out)) std::abort();
  }
  isCounting = false;
  Counts counts{.accesses = accesses, .misses = {}};
  for (size_t i = 0; i < kCacheCount; ++i) counts.misses[i] = caches[i].misses();
  return counts;
}

double timeOf(const Call& call, const Counts& counts, size_t cache, double miss) {
  return kArithmetic * call.flops + kAccess * static_cast<double>(counts.accesses) +
         miss * static_cast<double>(counts.misses[cache]);
}

/// The times of some calls, relative to the times with the best assumptions for a cache.
class Losses {
 public:
  void add(double ratio, const Call& call) {
    logSum_ += std::log(ratio);
    ++count_;
    if (ratio <= worst_) return;
    worst_ = ratio;
    static constexpr const char* kPassNames[] = {"forward", "input gradient", "filter gradient"};
    worstCall_ = call.name + ", " + kPassNames[static_cast<int>(call.pass)];
  }
  double mean() const { return std::exp(logSum_ / count_); }
  double worst() const { return worst_; }
  const std::string& worstCall() const { return worstCall_; }

 private:
  double logSum_ = 0, worst_ = 0;
  int count_ = 0;
  std::string worstCall_;
};

/// Prints the losses of some calls. `others`: the assumptions to compare with. If there are none, the function compares
/// with no misses at all, so the loss is an upper bound.
void printLosses(const char* title, const std::vector<Call>& calls, const std::vector<CacheAssumptions>& others) {
  Losses losses[kCacheCount][std::size(kMisses)];
  for (const Call& call : calls) {
    const Counts own = countsOf(call, {});
    std::vector<Counts> counts;
    for (const CacheAssumptions& other : others) counts.push_back(countsOf(call, other));
    if (others.empty()) counts.push_back({.accesses = own.accesses, .misses = {}});
    for (size_t cache = 0; cache < kCacheCount; ++cache) {
      for (size_t i = 0; i < std::size(kMisses); ++i) {
        const double time = timeOf(call, own, cache, kMisses[i]);
        double best = time;
        for (const Counts& other : counts) best = std::min(best, timeOf(call, other, cache, kMisses[i]));
        losses[cache][i].add(time / best, call);
      }
    }
  }
  std::printf("%s\n\n%-18s", title, "cache");
  for (const double miss : kMisses) std::printf("  %.1f ns: mean  worst", miss);
  std::printf("  worst call at %.1f ns\n", kMisses[0]);
  for (size_t cache = 0; cache < kCacheCount; ++cache) {
    std::printf("%-18s", kCaches[cache].name().c_str());
    for (const Losses& loss : losses[cache]) std::printf("%14.2f %6.2f", loss.mean(), loss.worst());
    std::printf("  %s\n", losses[cache][0].worstCall().c_str());
  }
  std::printf("\n");
}

}  // namespace

int main() {
  std::printf("Time with the assumptions of the package, relative to the best assumptions for each cache.\n\n");
  printLosses("Depthwise, NHWC", depthwiseCalls(), alternatives());
  printLosses("Depthwise, NCHW", depthwiseCalls(Layout::kNchw), alternatives());
  printLosses("Dense, relative to no misses at all", denseCalls(), {});
}
