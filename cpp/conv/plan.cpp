#include "conv/plan.h"

#include <numeric>
#include <utility>

namespace depthwise {
namespace {

int commonStep(const Axis& axis) {
  return axis.stride == 1 || axis.dilation == 1 ? 1 : std::gcd(axis.stride, axis.dilation);
}

/// Returns the b for which a·b = 1 modulo m, where gcd(a, m) = 1 and m > 1. This is Euclid's algorithm; `times` is the
/// factor for which a·times = remainder modulo m.
int64_t inverse(int64_t a, int64_t m) {
  int64_t remainder = m, next = a, times = 0, nextTimes = 1;
  while (next != 0) {
    const int64_t quotient = remainder / next;
    remainder = std::exchange(next, remainder - quotient * next);
    times = std::exchange(nextTimes, times - quotient * nextTimes);
  }
  return times < 0 ? times + m : times;
}

}  // namespace

AxisPlan::AxisPlan(const Axis& axis, Pass pass) : axis_(axis), pass_(pass), common_(commonStep(axis)) {
  tapStep_ = axis.stride / common_;
  const int64_t dilationStep = axis.dilation / common_, both = dilationStep * axis.stride;
  outStep_ = isForward() ? dilationStep : both;
  inStep_ = isForward() ? both : dilationStep;
}

int64_t AxisPlan::span(int64_t outputs) const {
  const int64_t taps = int64_t{axis_.taps - 1} * axis_.dilation;
  return (isForward() ? (outputs - 1) * axis_.stride + taps : (outputs - 1 + taps) / axis_.stride) + 1;
}

int64_t AxisPlan::phaseCount() const {
  const int64_t outputs = std::min<int64_t>(outStep_, outSize());
  return isForward() ? outputs * phasesOfOutput() : outputs;
}

Phase AxisPlan::phase(int64_t index) const {
  if (!isForward()) return gradientPhase(index, ceilDivide(outSize() - index, outStep_));
  return forwardPhase(index / phasesOfOutput(), static_cast<int>(index % phasesOfOutput()));
}

Phase AxisPlan::forwardPhase(int64_t output, int tap) const {
  return {.outFirst = output,
          .outStep = outStep_,
          .outCount = ceilDivide(outSize() - output, outStep_),
          .inFirst = output * axis_.stride + int64_t{tap} * axis_.dilation - axis_.padBefore,
          .inStep = inStep_,
          .tapFirst = tap,
          .tapStep = tapStep_,
          .taps = static_cast<int>(ceilDivide(axis_.taps - tap, tapStep_)),
          .overwrite = tap == 0};
}

/// Returns the phase of the outputs i, i + outStep, i + 2·outStep, … of which there are `count`.
Phase AxisPlan::gradientPhase(int64_t i, int64_t count) const {
  Phase phase{.outFirst = i,
              .outStep = outStep_,
              .outCount = count,
              .inFirst = 0,
              .inStep = 1,
              .tapFirst = 0,
              .tapStep = 1,
              .taps = 0,
              .overwrite = true};
  const int64_t k = firstTap(i);
  if (k >= axis_.taps) return phase;
  // After tap k, every tapStep-th tap reads a dy. Later taps read earlier dy. In the reverse order, the window moves in
  // the direction of the outputs.
  phase.taps = static_cast<int>(ceilDivide(axis_.taps - k, tapStep_));
  phase.tapFirst = static_cast<int>(k) + tapStep_ * (phase.taps - 1);
  phase.tapStep = -tapStep_;
  phase.inFirst = (i + axis_.padBefore - k * axis_.dilation) / axis_.stride - (phase.taps - 1) * inStep_;
  phase.inStep = inStep_;
  return phase;
}

/// Returns the first tap k that reads a dy, which means that i + padBefore − k·dilation is a multiple of the stride.
/// Returns a number of at least `taps` if there is no such tap. Divided by g = gcd(stride, dilation), the condition is
/// k·d = (i + padBefore) / g modulo s, where s = stride / g and d = dilation / g.
int64_t AxisPlan::firstTap(int64_t i) const {
  const int64_t s = tapStep_, d = axis_.dilation / common_, position = i + axis_.padBefore;
  if (position % common_ != 0) return axis_.taps;
  return s == 1 ? 0 : position / common_ % s * inverse(d % s, s) % s;
}

Taps AxisPlan::tapsOf(int64_t output) const {
  if (isForward()) {
    return {.inFirst = output * axis_.stride - axis_.padBefore,
            .inStep = axis_.dilation,
            .tapFirst = 0,
            .tapStep = 1,
            .count = axis_.taps};
  }
  const Phase phase = gradientPhase(output, 1);
  return {.inFirst = phase.inFirst,
          .inStep = phase.inStep,
          .tapFirst = phase.tapFirst,
          .tapStep = phase.tapStep,
          .count = phase.taps};
}

RowTaps AxisPlan::rowTaps(int output) const {
  const Taps taps = tapsOf(output);
  // True for most rows of an image, and faster than a division.
  const bool allInside = taps.inFirst >= 0 && taps.inFirst + (taps.count - 1) * taps.inStep < inSize();
  const Range inside = allInside ? Range{0, taps.count} : insideOf(inSize(), taps.inFirst, taps.inStep, taps.count);
  if (inside.first == inside.end) return {};
  return {.inFirst = static_cast<int>(taps.inFirst + inside.first * taps.inStep),
          .inStep = static_cast<int>(taps.inStep),
          .tapFirst = static_cast<int>(taps.tapFirst + inside.first * taps.tapStep),
          .tapStep = taps.tapStep,
          .count = static_cast<int>(inside.end - inside.first)};
}

bool interleaveSegments(Segment& two, const Segment& one) {
  if (two.taps != 2 || two.between != Between::kNothing || !two.overwrite || one.taps != 1) return false;
  const int columns = two.outCount + 1 - two.clippedLeft - two.clippedRight, fromLast = 1 - two.clippedLeft;
  if (!one.overwrite && two.outFirst == one.outFirst && two.outCount == one.outCount && two.outStep == one.outStep) {
    if (columns < 2) return false;  // inStep would not be the distance of columns
    two.between = Between::kTap;
    two.betweenOffset = one.inFirst - (two.inFirst + fromLast * two.inStep);
  } else if (one.overwrite && two.inFirst == one.inFirst && columns == one.outCount && two.inStep == one.inStep &&
             (two.outStep == one.outStep || two.outCount == 1)) {
    two.between = Between::kOutput;
    two.outStep = one.outStep;
    two.betweenOffset = one.outFirst + fromLast * one.outStep - two.outFirst;
  } else {
    return false;
  }
  two.betweenTap = one.tapFirst;
  return true;
}

namespace {

int64_t maxSegmentsOf(const AxisPlan& axis) {
  int64_t max = 0;
  axis.forEachPhase([&](const Phase& phase) { max += maxSegments(trimmed(phase, axis.inSize())); });
  return max;
}

}  // namespace

TilePlan::TilePlan(const AxisPlan& axis, int64_t columnStride, bool interleave)
    : axis_(axis), maxSegments_(maxSegmentsOf(axis)), segments_(maxSegments_), interleave_(interleave) {
  const int64_t outputs = ceilDivide(axis.outSize(), axis.outStep());
  // The product may wrap around; tileWidth uses the low bits only.
  width_ = tileWidth(static_cast<uint64_t>(columnStride) * static_cast<uint64_t>(axis.inStep()), outputs);
  count_ = ceilDivide(outputs, width_);
}

void TilePlan::plan(int64_t index) {
  const int64_t from = index * width_, to = from + width_;
  segmentCount_ = 0;
  in_ = {.first = axis_.inSize(), .end = 0};
  axis_.forEachPhase([&](const Phase& phase) {
    forEachSegment(trimmed(phase, axis_.inSize()), from, to, axis_.inSize(), [&](const Segment& segment) {
      add(segment);
      if (segment.taps == 0) return;
      in_.first = std::min(in_.first, segment.inFirst);
      in_.end = std::max(in_.end, segment.inLast() + 1);
    });
  });
  in_.end = std::max(in_.end, in_.first);
  const int64_t step = axis_.outStep(), size = axis_.outSize();
  out_ = {.first = static_cast<int>(std::min(from * step, size)), .end = static_cast<int>(std::min(to * step, size))};
}

void TilePlan::add(const Segment& segment) {
  if (interleave_ && segmentCount_ > 0) {
    Segment &last = segments_[segmentCount_ - 1], two = segment;
    if (interleaveSegments(last, segment)) return;
    if (interleaveSegments(two, last)) {
      last = two;
      return;
    }
  }
  segments_[segmentCount_++] = segment;
}

Repeat rowGroup(const RowTaps* rows, int count, ptrdiff_t inRowStride) {
  Repeat group;
  const RowTaps& first = rows[0];
  if (count == 1) return group;
  const int inRows = rows[1].inFirst - first.inFirst;
  for (; group.count < std::min(assumed.maxGroupRows, count); ++group.count) {
    const RowTaps& row = rows[group.count];
    const bool isSame = row.count == first.count && row.tapFirst == first.tapFirst &&
                        row.inFirst - first.inFirst == group.count * inRows;
    if (!isSame) break;
  }
  group.inStride = inRows * inRowStride;
  return group;
}

}  // namespace depthwise
