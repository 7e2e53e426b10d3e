/* global mergeInto, LibraryManager */
/* eslint no-unused-vars: off -- the linker requires the original number of parameters */
// For Emscripten's linker: replaces the registration of types that Embind registers at the start of the module, and that no function of
// layer_bindings.cpp takes or returns. Without their conversions, the loader is 1.9 KB smaller, gzipped.
mergeInto(LibraryManager.library, {
  _embind_register_emval__deps: [],
  _embind_register_emval(_type) {},
  _embind_register_memory_view__deps: [],
  _embind_register_memory_view(_type, _elements, _name) {},
  _embind_register_std_string__deps: [],
  _embind_register_std_string(_type, _name) {},
  _embind_register_std_wstring__deps: [],
  _embind_register_std_wstring(_type, _size, _name) {},
});
