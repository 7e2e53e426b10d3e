#pragma once

#include <cstddef>

namespace depthwise {

/// The taps of a filter, or of its gradient, as a sweep addresses them.
template <class Float>
struct TapGrid {
  Float* data;
  int columns;   ///< taps in a row
  size_t pitch;  ///< floats from a tap to the next

  Float* tap(int row, int column) const {
    return data + (static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column)) * pitch;
  }
  ptrdiff_t rowStep(int rows) const { return static_cast<ptrdiff_t>(rows) * columns * static_cast<ptrdiff_t>(pitch); }
  ptrdiff_t columnStep(int count) const { return count * static_cast<ptrdiff_t>(pitch); }
};

}  // namespace depthwise
