#pragma once

#include <emscripten/bind.h>

#include <algorithm>
#include <new>

#include "address.h"

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

/// emscripten::function, without the wrappers that Embind puts around functions that have addresses in their signature:
/// they are for addresses beyond 2 GB as results, which the type's own conversion sees to as well.
template <class Answer, class... Arguments>
void function(const char* name, Answer (*target)(Arguments...)) {
  namespace embind = emscripten::internal;
  typename embind::WithPolicies<>::template ArgTypeList<Answer, Arguments...> types;
  const auto invoke = embind::Invoker<typename embind::GetReturnValuePolicy<Answer>::tag, Answer, Arguments...>::invoke;
  static char signature[3 + sizeof...(Arguments)];
  std::replace_copy_if(
      embind::getSignature(invoke), embind::getSignature(invoke) + sizeof signature, signature,
      [](char type) { return type == 'p'; }, 'i');
  embind::_embind_register_function(name, types.getCount(), types.getTypes(), signature,
                                    reinterpret_cast<embind::GenericFunction>(invoke),
                                    reinterpret_cast<embind::GenericFunction>(target), false, false);
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
