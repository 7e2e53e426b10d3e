#pragma once

#include <emscripten/bind.h>

#include <new>

#include "bindings/address.h"

namespace depthwise {

/// A method as a function that takes the address of its object first.
template <auto kMethod>
struct Method;
template <class Class, class Answer, class... Arguments, Answer (Class::*kMethod)(Arguments...)>
struct Method<kMethod> {
  static Answer call(Address object, Arguments... arguments) { return (at<Class>(object)->*kMethod)(arguments...); }
};
template <class Class, class Answer, class... Arguments, Answer (Class::*kMethod)(Arguments...) const>
struct Method<kMethod> {
  static Answer call(Address object, Arguments... arguments) { return (at<Class>(object)->*kMethod)(arguments...); }
};

/// emscripten::function for functions of numbers and booleans. JavaScript calls them as they are (invoker.js), without
/// Embind's wrapper around each, and Embind is told of the answer's type alone, because nothing else is converted.
template <class Answer, class... Arguments>
void function(const char* name, Answer (*target)(Arguments...)) {
  static_assert(sizeof...(Arguments) <= 6, "invoker.js passes no more");
  namespace embind = emscripten::internal;
  typename embind::WithPolicies<>::template ArgTypeList<Answer> types;
  const auto address = reinterpret_cast<embind::GenericFunction>(target);
  embind::_embind_register_function(name, types.getCount(), types.getTypes(), "", address, address, false, false);
}

/// Gives JavaScript a method, in the way that js/native-class.js expects. Embind's own classes know inheritance,
/// overloads and shared ownership, which would double the loader.
template <auto kMethod>
void method(const char* name) {
  function(name, &Method<kMethod>::call);
}

/// An object for JavaScript; 0 where there is no memory for one.
template <class Class>
Address make() {
  return addressOf(new (std::nothrow) Class);
}
template <class Class>
void destroy(Address object) {
  delete at<Class>(object);
}

}  // namespace depthwise
