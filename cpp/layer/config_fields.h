#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "layer/config_value.h"
#include "layer/field_set.h"
#include "layer/names.h"

/// What reading a configuration is made of: fields of objects, under tfjs's names (depthMultiplier) or Keras's
/// (depth_multiplier), and the objects { className, config } that stand for initializers, regularizers and constraints.
/// Whatever reads, writes to `place`, and gives the error that came instead.
namespace depthwise {

/// Whether a key is the name `camelCase`, written as such or in snake_case.
bool isKey(std::string_view camelCase, std::string_view key);

/// "ARGUMENT.FIELD must be WHAT IS ALLOWED, got VALUE"; of type TypeError.
Error wrongValue(const char* argument, const char* field, const char* allowed, ConfigView value);

/// A number; or { type: 'ndarray', value: a number }, as some versions of tf.keras write one. The range is not checked.
Error readNumber(const char* argument, const char* field, ConfigView value, double& place);
Error readFlag(const char* argument, ConfigView value, bool& place);

/// Puts a value where it belongs, or gives the error that came in its place.
template <class Value>
Error put(const Result<Value>& value, Value& place) {
  if (value) place = *value;
  return value.error();
}

/// Something that is named: 'l2', or { className: 'L2', config: { l2: 0.01 } } with Keras's class_name as well.
/// `config` is missing where only a name is given. What Keras adds to such an object and is no part of what it says
/// (module, registered_name, build_config, …) is passed over.
struct NamedConfig {
  std::string_view name;
  ConfigView config;
};
Error readNamedConfig(const char* argument, ConfigView value, NamedConfig& place);
/// Whether an object is meant as one of those.
bool isNamedConfig(ConfigView value);

/// The fields of an object, one after the other:
///
///     Fields fields("config", "", object, kNames);
///     while (fields.next()) {
///       if (auto error = read(fields.row(), fields.value())) return error;
///     }
///     return fields.error();
///
/// Null, which means the default, is no value. Fields are the rows of `names` that are `allowed`; any other, or one
/// that is given in both spellings, ends the loop with an error. Only customObjects is passed over: tfjs writes it into
/// configurations that it reads.
class Fields {
 public:
  Fields(const char* argument, const char* field, ConfigView object, std::span<const char* const> names,
         FieldSet allowed = ~0u);

  bool next();
  int row() const { return row_; }
  ConfigView value() const { return value_; }
  Error error() const { return error_; }

 private:
  Error unknown(std::string_view key) const;

  const char* argument_;
  const char* field_;
  std::span<const char* const> names_;
  FieldSet allowed_, seen_ = 0;
  int row_ = 0;
  ConfigView value_, next_;
  Error error_;
};

}  // namespace depthwise
