#include "support/failing_memory.h"

#include <cstddef>
#include <cstdlib>
#include <set>

#include "support/sanitizer.h"

namespace depthwise {
namespace {

struct State {
  int asked = 0, nth = 0;
  bool refusesAll = false, hasRefused = false;
};
State state;

/// Never destroyed, because memory that is freed at the end of the program also uses it.
std::set<const void*>& live() {
  static auto* const all = new std::set<const void*>;
  return *all;
}
/// True while the set allocates and frees memory itself.
bool isCounting = false;

}  // namespace

FailingMemory::FailingMemory(int nth, Refuses refuses) {
  state = {};
  state.nth = nth;
  state.refusesAll = refuses == Refuses::kAllFromThenOn;
}
FailingMemory::~FailingMemory() { state = {}; }

int FailingMemory::asked() const { return state.asked; }
bool FailingMemory::hasRefused() const { return state.hasRefused; }

int64_t liveAllocations() { return static_cast<int64_t>(live().size()); }

}  // namespace depthwise

extern "C" {

void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void __real_free(void* memory);

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  using namespace depthwise;
  ++state.asked;
  if (state.nth > 0 && (state.asked == state.nth || (state.refusesAll && state.asked > state.nth))) {
    state.hasRefused = true;
    return nullptr;
  }
  void* const memory = __real_aligned_alloc(alignment, size);
  if (!memory) return nullptr;
  isCounting = true;
  live().insert(memory);
  isCounting = false;
  return memory;
}

void __wrap_free(void* memory) {
  using namespace depthwise;
  if (memory && !isCounting) {
    isCounting = true;
    live().erase(memory);
    isCounting = false;
  }
  __real_free(memory);
}

#if defined(DEPTHWISE_HAS_ADDRESS_SANITIZER)
/// Makes an allocation that is too large return null, as without the sanitizer, instead of ending the program.
const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif
}
