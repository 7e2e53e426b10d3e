#include <emscripten/bind.h>

#include <cstdlib>
#include <limits>

/// What Embind's own library does at the start, for the types that these bindings use. The library registers all types
/// of C++, strings and their views among them, and brings printf; that is 3 KB of wasm and 2 KB of loader, gzipped.
using namespace emscripten::internal;

namespace {

InitFunc* bindings = nullptr;

template <class Integer>
void registerInteger(const char* name) {
  using Limits = std::numeric_limits<Integer>;
  _embind_register_integer(TypeID<Integer>::get(), name, sizeof(Integer), Limits::min(), Limits::max());
}

}  // namespace

extern "C" {

/// A name to be released with free, for a message about a type that is not registered; none is known without RTTI.
const char* __getTypeName(const std::type_info*) { return static_cast<char*>(std::calloc(1, 1)); }

void _embind_register_bindings(InitFunc* binding) {
  binding->next = bindings;
  bindings = binding;
}

void _embind_initialize_bindings() {
  for (const InitFunc* binding = bindings; binding; binding = binding->next) binding->init_func();
}
}

EMSCRIPTEN_BINDINGS(types) {
  _embind_register_void(TypeID<void>::get(), "void");
  _embind_register_bool(TypeID<bool>::get(), "bool", true, false);
  registerInteger<int>("int");
  registerInteger<unsigned long>("unsigned long");  // uintptr_t
  _embind_register_float(TypeID<double>::get(), "double", sizeof(double));
}
