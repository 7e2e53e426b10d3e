#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "argument_checks.h"

/// tfjs and Keras write the name of one thing in three ways: as tfjs's identifier (glorotNormal), as the class of both
/// (GlorotNormal) and as Keras's function (glorot_normal). The layer takes all three.
namespace depthwise {

/// Whether `name` is the name `camelCase`, written in one of the three ways.
bool isSpellingOf(std::string_view camelCase, std::string_view name);

template <class Value>
struct Named {
  std::string_view name;  ///< in camel case
  Value value;
};

/// The value of a name in a table of them, or nothing.
template <class Value, size_t kRows>
std::optional<Value> valueNamed(const Named<Value> (&table)[kRows], std::string_view name) {
  for (const Named<Value>& row : table) {
    if (isSpellingOf(row.name, name)) return row.value;
  }
  return std::nullopt;
}

/// The first name of a value; every value must have one.
template <class Value, size_t kRows>
std::string_view nameOf(const Named<Value> (&table)[kRows], Value value) {
  size_t row = 0;
  while (row + 1 < kRows && table[row].value != value) ++row;
  return table[row].name;
}

/// "… must be 'a', 'b' or 'c', got 'd'"
template <class Value, size_t kRows>
Error unknownName(std::string_view argument, std::string_view field, const Named<Value> (&table)[kRows],
                  std::string_view name) {
  Error error = layerTypeError(argument, field) << "must be ";
  for (size_t row = 0; row < kRows; ++row) {
    error = error << (row == 0 ? "'" : row + 1 == kRows ? "' or '" : "', '") << table[row].name;
  }
  return error << "', got '" << beginningOf(name, 40) << "'";
}

}  // namespace depthwise
