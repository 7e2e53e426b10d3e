#include "config_fields.h"

namespace depthwise {
namespace {

using Kind = ConfigView::Kind;

enum class Field { kClassName, kConfig, kPassedOver };
constexpr Named<Field> kFields[] = {
    {"className", Field::kClassName},       {"config", Field::kConfig},          {"module", Field::kPassedOver},
    {"registeredName", Field::kPassedOver}, {"buildConfig", Field::kPassedOver}, {"compileConfig", Field::kPassedOver},
    {"sharedObjectId", Field::kPassedOver}, {"name", Field::kPassedOver},        {"inboundNodes", Field::kPassedOver}};

}  // namespace

bool isKey(std::string_view camelCase, std::string_view key) {
  return !key.empty() && key[0] == camelCase[0] && isSpellingOf(camelCase, key);
}

Error wrongValue(std::string_view argument, std::string_view field, std::string_view allowed, ConfigView value) {
  return layerTypeError(argument, field) << "must be " << allowed << ", got " << value;
}

Result<double> readNumber(std::string_view argument, std::string_view field, ConfigView value) {
  const bool isScalar = value.find("type").text() == "ndarray";
  const ConfigView number = isScalar ? value.find("value") : value;
  if (number.is(Kind::kNumber)) return number.number();
  return wrongValue(argument, field, "a number", value);
}

Result<bool> readFlag(std::string_view argument, ConfigView value) {
  if (value.is(Kind::kBool)) return value.boolean();
  return wrongValue(argument, {}, "true or false", value);
}

bool isNamedConfig(ConfigView value) {
  return !value.find("className").is(Kind::kMissing) || !value.find("class_name").is(Kind::kMissing);
}

Result<NamedConfig> readNamedConfig(std::string_view argument, ConfigView value) {
  if (value.is(Kind::kText)) return NamedConfig{value.text(), {}};
  if (!isNamedConfig(value)) return wrongValue(argument, {}, "a name or { className, config }", value);
  NamedConfig named;
  auto error = readFields(
      argument, {}, value, kFields, [](Field) { return true; },
      [&](Field field, ConfigView given) -> Error {
        if (field == Field::kPassedOver) return {};
        if (field == Field::kClassName) {
          named.name = given.text();
          if (!given.is(Kind::kText)) return wrongValue(argument, "className", "a name", given);
          return {};
        }
        named.config = given;
        if (!given.is(Kind::kObject)) return wrongValue(argument, "config", "an object", given);
        return {};
      });
  if (error) return error;
  if (named.name.empty()) return wrongValue(argument, "className", "a name", value.find("className"));
  return named;
}

}  // namespace depthwise
