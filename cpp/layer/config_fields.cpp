#include "layer/config_fields.h"

namespace depthwise {
namespace {

using Kind = ConfigView::Kind;

/// What a named configuration consists of; what comes after these is passed over.
enum class Part { kClassName, kConfig };
/// Their names, those of the parts that are read first.
constexpr const char* kParts[] = {"className",     "config",         "module", "registeredName", "buildConfig",
                                  "compileConfig", "sharedObjectId", "name",   "inboundNodes"};

}  // namespace

bool isKey(std::string_view camelCase, std::string_view key) {
  return !key.empty() && key[0] == camelCase[0] && isSpellingOf(camelCase, key);
}

Error wrongValue(const char* argument, const char* field, const char* allowed, ConfigView value) {
  return layerTypeError(argument, field) << "must be " << allowed << ", got " << value;
}

Error readNumber(const char* argument, const char* field, ConfigView value, double& place) {
  const bool isScalar = value.find("type").text() == "ndarray";
  const ConfigView number = isScalar ? value.find("value") : value;
  if (!number.is(Kind::kNumber)) return wrongValue(argument, field, "a number", value);
  place = number.number();
  return {};
}

Error readFlag(const char* argument, ConfigView value, bool& place) {
  if (!value.is(Kind::kBool)) return wrongValue(argument, "", "true or false", value);
  place = value.boolean();
  return {};
}

bool isNamedConfig(ConfigView value) {
  return !value.find("className").is(Kind::kMissing) || !value.find("class_name").is(Kind::kMissing);
}

Error readNamedConfig(const char* argument, ConfigView value, NamedConfig& place) {
  if (value.is(Kind::kText)) {
    place.name = value.text();
    return {};
  }
  if (!isNamedConfig(value)) return wrongValue(argument, "", "a name or { className, config }", value);
  Fields parts(argument, "", value, kParts);
  while (parts.next()) {
    const ConfigView part = parts.value();
    if (parts.row() == static_cast<int>(Part::kClassName)) {
      if (!part.is(Kind::kText)) return wrongValue(argument, "className", "a name", part);
      place.name = part.text();
    } else if (parts.row() == static_cast<int>(Part::kConfig)) {
      if (!part.is(Kind::kObject)) return wrongValue(argument, "config", "an object", part);
      place.config = part;
    }
  }
  if (parts.error()) return parts.error();
  if (place.name.empty()) return wrongValue(argument, "className", "a name", value.find("className"));
  return {};
}

Fields::Fields(const char* argument, const char* field, ConfigView object, std::span<const char* const> names,
               FieldSet allowed)
    : argument_(argument), field_(field), names_(names), allowed_(allowed), next_(object.first()) {}

bool Fields::next() {
  while (!next_.is(Kind::kMissing)) {
    value_ = next_;
    next_ = value_.next();
    if (isKey("customObjects", value_.key())) continue;
    const int rows = static_cast<int>(names_.size());
    for (row_ = 0; row_ < rows; ++row_) {
      if (isIn(allowed_, row_) && isKey(names_[static_cast<size_t>(row_)], value_.key())) break;
    }
    if (row_ == rows) {
      error_ = unknown(value_.key());
      return false;
    }
    if (isIn(seen_, row_)) {
      error_ = layerTypeError(argument_, field_)
               << "must have each field once, got " << names_[static_cast<size_t>(row_)] << " twice";
      return false;
    }
    seen_ |= 1u << row_;
    if (!value_.isNull()) return true;
  }
  return false;
}

Error Fields::unknown(std::string_view key) const {
  Error error = layerTypeError(argument_, field_) << "must have no fields but ";
  const char* before = "";
  for (size_t row = 0; row < names_.size(); ++row) {
    if (!isIn(allowed_, row)) continue;
    error = error << before << names_[row];
    before = ", ";
  }
  return error << (*before ? "" : "none") << "; got '" << beginningOf(key, 40) << "'";
}

}  // namespace depthwise
