#include "require.h"

#include <cstdio>
#include <cstdlib>

namespace depthwise::fuzz {

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "\nfuzz: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace depthwise::fuzz

/// An allocation that is too large fails, as it does without the sanitizer, rather than end the program.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's own name
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
