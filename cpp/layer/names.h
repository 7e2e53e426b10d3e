#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "layer/argument_checks.h"

/// tfjs and Keras write the name of one thing in three ways: as tfjs's identifier (glorotNormal), as the class of both
/// (GlorotNormal) and as Keras's function (glorot_normal). The layer takes all three.
namespace depthwise {

/// Whether `name` is the name `camelCase`, written in one of the three ways.
bool isSpellingOf(std::string_view camelCase, std::string_view name);

/// A row of a table: a name in camel case, and the value of an enumeration that it stands for.
struct Named {
  template <class Value>
  constexpr Named(const char* inCamelCase, Value of) : name(inCamelCase), value(static_cast<int>(of)) {}

  const char* name;
  int value;
};
using NameTable = std::span<const Named>;

/// The row of a name, or null.
const Named* rowNamed(NameTable table, std::string_view name);
/// The first row of a value; every value must have one.
const Named& rowOf(NameTable table, int value);

/// The value of a name, or nothing.
template <class Value>
std::optional<Value> valueNamed(NameTable table, std::string_view name) {
  const Named* const row = rowNamed(table, name);
  return row ? std::optional(static_cast<Value>(row->value)) : std::nullopt;
}

/// The first name of a value.
template <class Value>
const char* nameOf(NameTable table, Value value) {
  return rowOf(table, static_cast<int>(value)).name;
}

/// "… must be 'a', 'b' or 'c', got 'd'"
Error unknownName(const char* argument, const char* field, NameTable table, std::string_view name);

}  // namespace depthwise
