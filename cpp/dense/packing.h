#pragma once

#include <cstddef>
#include <cstdint>

/// Copies of a matrix product's operands in the order in which tiles (matrix_tile.h) read them: adjacent, whatever the
/// pitch of the tensor, so that they neither collide in the cache nor take many pages.
namespace depthwise {

/// Panels of kTileColumns columns, each with all terms; what lacks in the last one is 0. `packed` has room for
/// panelFloats(terms, columns).
size_t panelFloats(int terms, int columns);

/// from[term · step + column].
void packPanels(const float* from, size_t step, int terms, int columns, float* packed);
/// from[column · step + term].
void packTransposed(const float* from, size_t step, int terms, int columns, float* packed);

/// The left operand: groups of kTileRows rows, each group with `pitch` terms, `count` of which are copied:
/// from[term · step + row].
void packGroups(const float* from, size_t step, int count, int rows, float* packed, int pitch);

}  // namespace depthwise
