/// Writes the name of the variant into a custom section of the wasm file. js/variant.js reads it before it starts the
/// module. Engines ignore the section. Files of both variants contain it, so a file without it is not from this
/// package.
#if defined(__wasm_relaxed_simd__)
#define DEPTHWISE_VARIANT "relaxed-simd"
#else
#define DEPTHWISE_VARIANT "simd"
#endif

asm(".section .custom_section.depthwise.variant,\"\",@\n"
    ".ascii \"" DEPTHWISE_VARIANT
    "\"\n"
    ".section .text,\"\",@\n");
