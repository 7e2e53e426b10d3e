#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config_value.h"
#include "names.h"

/// What reading a configuration is made of: fields of objects, under tfjs's names (depthMultiplier) or Keras's
/// (depth_multiplier), and the objects { className, config } that stand for initializers, regularizers and constraints.
namespace depthwise {

/// Whether a key is the name `camelCase`, written as such or in snake_case.
bool isKey(std::string_view camelCase, std::string_view key);

/// "ARGUMENT.FIELD must be WHAT IS ALLOWED, got VALUE"; of type TypeError.
Error wrongValue(std::string_view argument, std::string_view field, std::string_view allowed, ConfigView value);

/// A number; or { type: 'ndarray', value: a number }, as some versions of tf.keras write one. The range is not checked.
Result<double> readNumber(std::string_view argument, std::string_view field, ConfigView value);
Result<bool> readFlag(std::string_view argument, ConfigView value);

/// Puts a value where it belongs, or gives the error that came in its place.
template <class Value, class Place>
Error put(const Result<Value>& value, Place& place) {
  if (!value) return value.error();
  place = *value;
  return {};
}

/// Something that is named: 'l2', or { className: 'L2', config: { l2: 0.01 } } with Keras's class_name as well.
/// `config` is missing where only a name is given. What Keras adds to such an object and is no part of what it says
/// (module, registered_name, build_config, …) is passed over.
struct NamedConfig {
  std::string_view name;
  ConfigView config;
};
Result<NamedConfig> readNamedConfig(std::string_view argument, ConfigView value);
/// Whether an object is meant as one of those.
bool isNamedConfig(ConfigView value);

/// Reads the fields of an object: `read(Id, ConfigView)` gives an error or nothing, and is not called for a null, which
/// means the default. Fields are those rows of the table for which `allows(Id)`; any other, or one that is given in
/// both spellings, is an error. Only customObjects is passed over: tfjs writes it into configurations that it reads.
template <class Id, size_t kRows, class Allows, class Read>
Error readFields(std::string_view argument, std::string_view field, ConfigView object, const Named<Id> (&table)[kRows],
                 Allows&& allows, Read&& read) {
  static_assert(kRows <= 64);
  uint64_t seen = 0;
  Error error;
  object.forEach([&](ConfigView value) {
    if (isKey("customObjects", value.key())) return true;
    size_t row = 0;
    while (row < kRows && !(allows(table[row].value) && isKey(table[row].name, value.key()))) ++row;
    if (row < kRows && !(seen >> row & 1)) {
      seen |= uint64_t{1} << row;
      if (!value.isNull()) error = read(table[row].value, value);
      return !error;
    }
    error = layerTypeError(argument, field);
    if (row < kRows) {
      error = error << "must have each field once, got " << table[row].name << " twice";
      return false;
    }
    error = error << "must have no fields but ";
    bool any = false;
    for (const Named<Id>& known : table) {
      if (!allows(known.value)) continue;
      error = error << (any ? ", " : "") << known.name;
      any = true;
    }
    error = error << (any ? "" : "none") << "; got '" << beginningOf(value.key(), 40) << "'";
    return false;
  });
  return error;
}

}  // namespace depthwise
