#include "layer/constraints.h"

#include <array>
#include <cmath>
#include <utility>

namespace depthwise {
namespace {

using Kind = Constraint::Kind;

constexpr double kEpsilon = 1e-7;

using Extents = std::array<size_t, 4>;

/// Calls use(offset) for every index below `extents`.
template <class Use>
void forEachOffset(const Extents& extents, const Extents& strides, Use&& use) {
  for (size_t a = 0; a < extents[0]; ++a) {
    for (size_t b = 0; b < extents[1]; ++b) {
      for (size_t c = 0; c < extents[2]; ++c) {
        for (size_t d = 0; d < extents[3]; ++d) {
          use(a * strides[0] + b * strides[1] + c * strides[2] + d * strides[3]);
        }
      }
    }
  }
}

double clip(double value, double low, double high) { return value < low ? low : value > high ? high : value; }

/// Returns the norm that a constraint demands in place of `norm`.
double constrained(const Constraint& c, double norm) {
  switch (c.kind) {
    case Kind::kMaxNorm:
      return clip(norm, 0, c.maxValue);
    case Kind::kMinMaxNorm:
      return c.rate * clip(norm, c.minValue, c.maxValue) + (1 - c.rate) * norm;
    case Kind::kUnitNorm:
      return 1;
    case Kind::kNone:
    case Kind::kNonNeg:
      break;
  }
  return norm;
}

void scaleNorms(const Constraint& constraint, std::span<const int64_t> shape, float* values) {
  // A norm is computed for each group of weights whose indices differ along the constraint's axes only. An index along
  // the `kept` axes selects a group, an index along the `summed` axes selects a member of the group.
  Extents kept{1, 1, 1, 1}, summed{1, 1, 1, 1}, strides{};
  size_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    kept[axis] = static_cast<size_t>(shape[axis]);
    stride *= kept[axis];
  }
  for (int i = 0; i < constraint.axisCount; ++i) {
    const int axis = constraint.axes[size_t(i)], fromFirst = axis < 0 ? axis + int(shape.size()) : axis;
    std::swap(kept[size_t(fromFirst)], summed[size_t(fromFirst)]);
  }
  forEachOffset(kept, strides, [&](size_t group) {
    double squares = 0;
    forEachOffset(summed, strides, [&](size_t member) {
      const double value = values[group + member];
      squares += value * value;
    });
    const double norm = std::sqrt(squares), scale = constrained(constraint, norm) / (kEpsilon + norm);
    forEachOffset(summed, strides, [&](size_t member) {
      float& value = values[group + member];
      value = static_cast<float>(value * scale);
    });
  });
}

}  // namespace

void applyConstraint(const Constraint& constraint, std::span<const int64_t> shape, float* values) {
  if (constraint.kind == Kind::kNone) return;
  if (constraint.kind != Kind::kNonNeg) return scaleNorms(constraint, shape, values);
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  for (float& value : std::span(values, count)) value = value < 0 ? 0 : value;
}

}  // namespace depthwise
