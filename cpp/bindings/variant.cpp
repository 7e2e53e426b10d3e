/// Writes into the wasm which of its two variants it is, so that js/variant.js can tell before it is started: as text
/// in a custom section, which engines leave alone. Both have it, since a file without it is not one of ours.
#if defined(__wasm_relaxed_simd__)
#define DEPTHWISE_VARIANT "relaxed-simd"
#else
#define DEPTHWISE_VARIANT "simd"
#endif

asm(".section .custom_section.depthwise.variant,\"\",@\n"
    ".ascii \"" DEPTHWISE_VARIANT
    "\"\n"
    ".section .text,\"\",@\n");
