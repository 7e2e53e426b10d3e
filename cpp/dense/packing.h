#pragma once

#include <cstddef>
#include <cstdint>

/// Copies the operands of a matrix product into the order in which matrix_tile.h reads them. Packed operands are
/// contiguous, so they do not collide in the cache and need few pages, whatever the strides of the tensor are.
namespace depthwise {

/// Returns the floats that a packed right operand needs: panels of kTileColumns columns with all `terms`. Missing
/// columns of the last panel are 0.
ptrdiff_t packedSize(int terms, int columns);
/// Returns the same number for an allocation, which may be too large for an index.
int64_t packedFloats(int terms, int columns);

/// Packs a right operand from rows: its elements are from[term · stride + column], multiplied by the factor of the
/// column if there are factors.
void packRight(const float* from, ptrdiff_t stride, int terms, int columns, float* packed,
               const float* factors = nullptr);

/// Packs a right operand from columns: its elements are from[column · stride + term]. Panels are `panelSize` floats
/// apart, so that a panel may contain more terms.
void packRightTransposed(const float* from, ptrdiff_t stride, int terms, int columns, float* packed,
                         ptrdiff_t panelSize);

/// Packs a left operand whose elements are from[term · stride + row]: groups of kTileRows rows, `groupStride` floats
/// apart, with rows adjacent. A partial last group is not filled up.
void packLeft(const float* from, ptrdiff_t stride, int terms, int rows, float* packed, ptrdiff_t groupStride);

}  // namespace depthwise
