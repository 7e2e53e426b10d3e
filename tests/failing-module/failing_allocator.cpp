#include <emscripten/bind.h>

#include <cstddef>
#include <cstdlib>

/// The allocator of the module, which a test can make fail. The linker puts these functions in the place of
/// aligned_alloc and free (--wrap). Tensors, scratch memory and the buffers of the layer come from aligned_alloc.
/// Embind's own small requests are not counted: js/layer.js checks that there is memory for them before each call.
extern "C" {
void* __real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void* block);
}

namespace {

int requestsLeft = 0, blocks = 0;

bool fails() { return requestsLeft > 0 && --requestsLeft == 0; }

/// Makes the n-th request from now on fail, and only that one; 0: none.
void failAllocation(int n) { requestsLeft = n; }
/// Returns whether the request that is to fail has not arrived yet.
bool isFailurePending() { return requestsLeft > 0; }
/// Returns how many blocks are allocated now.
int allocatedBlocks() { return blocks; }

/// A mark in front of each counted block would change its alignment, so the blocks are counted by a small table.
constexpr int kMaxBlocks = 4096;
void* counted[kMaxBlocks];

}  // namespace

extern "C" {

void* __wrap_aligned_alloc(size_t alignment, size_t bytes) {
  void* const block = fails() ? nullptr : __real_aligned_alloc(alignment, bytes);
  for (int i = 0; block && i < kMaxBlocks; ++i) {
    if (counted[i]) continue;
    counted[i] = block;
    ++blocks;
    break;
  }
  return block;
}

void __wrap_free(void* block) {
  for (int i = 0; block && i < kMaxBlocks; ++i) {
    if (counted[i] != block) continue;
    counted[i] = nullptr;
    --blocks;
    break;
  }
  __real_free(block);
}
}

EMSCRIPTEN_BINDINGS(failing_allocator) {
  emscripten::function("failAllocation", &failAllocation);
  emscripten::function("isFailurePending", &isFailurePending);
  emscripten::function("allocatedBlocks", &allocatedBlocks);
}
