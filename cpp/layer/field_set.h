#pragma once

#include <cstddef>
#include <cstdint>

namespace depthwise {

/// A set of fields: of the rows of a table that has at most 32.
using FieldSet = uint32_t;

template <class... Field>
constexpr FieldSet setOf(Field... fields) {
  return (0u | ... | (1u << static_cast<int>(fields)));
}

constexpr bool isIn(FieldSet set, size_t row) { return set >> row & 1; }

}  // namespace depthwise
