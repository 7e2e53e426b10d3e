#pragma once

#include "axis_plan.h"

/// Planes once more, straight from the definition and without zeros beside the rows. The sweeps multiply those too,
/// and zero times what is no finite number is NaN.
namespace depthwise {

/// Calls visit(input row, input column, filter row, filter column) for each product of an output.
template <class Visit>
void forEachProduct(const RowTaps& rows, const RowTaps& columns, Visit&& visit) {
  for (int32_t r = 0; r < rows.count; ++r) {
    for (int32_t c = 0; c < columns.count; ++c) {
      visit(rows.inFirst + r * rows.inStep, columns.inFirst + c * columns.inStep, rows.tapFirst + r * rows.tapStep,
            columns.tapFirst + c * columns.tapStep);
    }
  }
}

}  // namespace depthwise
