#pragma once

/// Defines DEPTHWISE_HAS_ADDRESS_SANITIZER. g++ and clang need different tests.
#if defined(__SANITIZE_ADDRESS__)
#define DEPTHWISE_HAS_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DEPTHWISE_HAS_ADDRESS_SANITIZER
#endif
#endif
