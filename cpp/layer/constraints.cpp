#include "layer/constraints.h"

#include <array>
#include <cmath>

#include "layer/names.h"

namespace depthwise {
namespace {

using Kind = Constraint::Kind;

constexpr Named kKinds[] = {{"maxNorm", Kind::kMaxNorm},
                            {"minMaxNorm", Kind::kMinMaxNorm},
                            {"nonNeg", Kind::kNonNeg},
                            {"unitNorm", Kind::kUnitNorm}};
constexpr double kEpsilon = 1e-7;
constexpr int kMaxRank = 4;

int fromFirst(double axis, int rank) { return static_cast<int>(axis) + (axis < 0 ? rank : 0); }

bool namesEachAxisOnce(const NumberList& axes, int rank) {
  if (axes.count < 1 || axes.count > rank) return false;
  bool named[kMaxRank] = {};
  for (int i = 0; i < axes.count; ++i) {
    if (!isWholeWithin(axes.values[i], -rank, rank - 1)) return false;
    bool& before = named[fromFirst(axes.values[i], rank)];
    if (before) return false;
    before = true;
  }
  return true;
}

Error checkAxes(const char* argument, const NumberList& axes, int rank) {
  if (namesEachAxisOnce(axes, rank)) return {};
  return layerRangeError(argument, "axis") << "must name axes of a tensor of rank " << rank << ", from " << -rank
                                           << " to " << rank - 1 << " and each once, got " << axes;
}

using Extents = std::array<size_t, kMaxRank>;

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

/// What a norm is to become.
double desired(const Constraint& c, double norm) {
  switch (c.kind) {
    case Kind::kMaxNorm:
      return clip(norm, 0, c.maxValue);
    case Kind::kMinMaxNorm:
      return c.rate * clip(norm, c.minValue, c.maxValue) + (1 - c.rate) * norm;
    case Kind::kUnitNorm:
      return 1;
    case Kind::kNonNeg:
      break;
  }
  return norm;
}

void scaleNorms(const Constraint& constraint, std::span<const int32_t> shape, float* values) {
  // A group of weights with a common norm is found by the axes that are kept, its members by those that are summed.
  Extents kept{1, 1, 1, 1}, summed{1, 1, 1, 1}, strides{};
  size_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    kept[axis] = static_cast<size_t>(shape[axis]);
    stride *= kept[axis];
  }
  for (int i = 0; i < constraint.axes.count; ++i) {
    const int axis = fromFirst(constraint.axes.values[i], static_cast<int>(shape.size()));
    std::swap(kept[static_cast<size_t>(axis)], summed[static_cast<size_t>(axis)]);
  }
  forEachOffset(kept, strides, [&](size_t group) {
    double squares = 0;
    forEachOffset(summed, strides, [&](size_t member) {
      const double value = values[group + member];
      squares += value * value;
    });
    const double norm = std::sqrt(squares), scale = desired(constraint, norm) / (kEpsilon + norm);
    forEachOffset(summed, strides, [&](size_t member) {
      float& value = values[group + member];
      value = static_cast<float>(value * scale);
    });
  });
}

}  // namespace

Result<Constraint> constraintNamed(const char* argument, std::string_view name) {
  const std::optional<Kind> kind = valueNamed<Kind>(kKinds, name);
  if (!kind) return unknownName(argument, "", kKinds, name);
  Constraint constraint{*kind};
  if (*kind == Kind::kMinMaxNorm) constraint.maxValue = 1;
  return constraint;
}

const char* constraintName(Kind kind) { return nameOf(kKinds, kind); }

Error checkConstraint(const char* argument, const Constraint& c, int rank) {
  if (c.kind == Kind::kNonNeg) return {};
  if (auto error = checkAxes(argument, c.axes, rank)) return error;
  if (c.kind == Kind::kUnitNorm) return {};
  if (auto error = checkNumber(argument, "maxValue", c.maxValue, Least::kZero)) return error;
  if (c.kind == Kind::kMaxNorm) return {};
  if (auto error = checkNumber(argument, "minValue", c.minValue, Least::kZero)) return error;
  if (c.minValue > c.maxValue) {
    return layerRangeError(argument, "minValue")
           << "must be at most maxValue, " << c.maxValue << ", got " << c.minValue;
  }
  if (c.rate >= 0 && c.rate <= 1) return {};
  return layerRangeError(argument, "rate") << "must be a number from 0 to 1, got " << c.rate;
}

void applyConstraint(const Constraint& constraint, std::span<const int32_t> shape, float* values) {
  if (constraint.kind != Kind::kNonNeg) return scaleNorms(constraint, shape, values);
  size_t count = 1;
  for (const int32_t size : shape) count *= static_cast<size_t>(size);
  for (float& value : std::span(values, count)) value = value < 0 ? 0 : value;
}

}  // namespace depthwise
