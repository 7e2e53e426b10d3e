#include <cstddef>
#include <cstdlib>

#include "../../cpp/bindings/method.h"

/// The allocator of the module that is shipped, made to find no memory when it is asked the n-th time. The linker puts
/// these functions in the place of its own (--wrap), for all who call them: the kernels, the layer and operator new.
extern "C" {
void* __real_malloc(size_t bytes);
void* __real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void* block);
}

namespace {

int requestsLeft = 0, blocks = 0;

bool fails() { return requestsLeft > 0 && --requestsLeft == 0; }

void* counted(void* block) {
  blocks += block != nullptr;
  return block;
}

/// The n-th request from now on fails, and only that; none where n is 0.
void failAllocation(int n) { requestsLeft = n; }
/// Whether the request that was to fail has not come yet.
bool isToFail() { return requestsLeft > 0; }
/// The blocks that are taken now.
int blocksTaken() { return blocks; }

}  // namespace

extern "C" {

void* __wrap_malloc(size_t bytes) { return fails() ? nullptr : counted(__real_malloc(bytes)); }

void* __wrap_aligned_alloc(size_t alignment, size_t bytes) {
  return fails() ? nullptr : counted(__real_aligned_alloc(alignment, bytes));
}

void __wrap_free(void* block) {
  blocks -= block != nullptr;
  __real_free(block);
}
}

EMSCRIPTEN_BINDINGS(failing_allocator) {
  depthwise::function("failAllocation", &failAllocation);
  depthwise::function("isToFail", &isToFail);
  depthwise::function("blocksTaken", &blocksTaken);
}
