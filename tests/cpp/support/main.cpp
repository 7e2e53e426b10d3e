#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "support/sanitizer.h"

#if defined(DEPTHWISE_HAS_ADDRESS_SANITIZER)
/// Makes an allocation that is too large return null, as without the sanitizer, instead of ending the program.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif
