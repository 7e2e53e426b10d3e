#include "layer/names.h"

namespace depthwise {
namespace {

bool isUpper(char letter) { return letter >= 'A' && letter <= 'Z'; }
char lower(char letter) { return static_cast<char>(letter - 'A' + 'a'); }

/// lowerCamelCase → LowerCamelCase
bool isClassName(std::string_view camelCase, std::string_view name) {
  return !name.empty() && lower(name[0]) == camelCase[0] && name.substr(1) == camelCase.substr(1);
}

/// lowerCamelCase → lower_camel_case
bool isFunctionName(std::string_view camelCase, std::string_view name) {
  size_t at = 0;
  const auto next = [&](char letter) { return at < name.size() && name[at++] == letter; };
  for (const char letter : camelCase) {
    if (isUpper(letter) ? !(next('_') && next(lower(letter))) : !next(letter)) return false;
  }
  return at == name.size();
}

}  // namespace

bool isSpellingOf(std::string_view camelCase, std::string_view name) {
  return name == camelCase || isClassName(camelCase, name) || isFunctionName(camelCase, name);
}

const Named* rowNamed(NameTable table, std::string_view name) {
  for (const Named& row : table) {
    if (isSpellingOf(row.name, name)) return &row;
  }
  return nullptr;
}

const Named& rowOf(NameTable table, int value) {
  size_t row = 0;
  while (row + 1 < table.size() && table[row].value != value) ++row;
  return table[row];
}

Error unknownName(const char* argument, const char* field, NameTable table, std::string_view name) {
  Error error = layerTypeError(argument, field) << "must be ";
  for (const Named& row : table) {
    const char* const before = &row == &table.front() ? "'" : &row == &table.back() ? "' or '" : "', '";
    error = error << before << row.name;
  }
  return error << "', got '" << beginningOf(name, 40) << "'";
}

}  // namespace depthwise
