#include "conv/plan.h"

#include <numeric>
#include <utility>

#include "conv/cache_policy.h"

namespace depthwise {
namespace {

int32_t commonStep(const Axis& axis) {
  return axis.stride == 1 || axis.dilation == 1 ? 1 : std::gcd(axis.stride, axis.dilation);
}

/// The number that a · it = 1 modulo m, where gcd(a, m) = 1 and m > 1: Euclid's algorithm, keeping of each remainder
/// how often a goes into it.
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
  const int64_t apart = axis.dilation / common_, together = apart * axis.stride;
  outStep_ = isForward() ? apart : together;
  inStep_ = isForward() ? together : apart;
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
  return forwardPhase(index / phasesOfOutput(), static_cast<int32_t>(index % phasesOfOutput()));
}

Phase AxisPlan::forwardPhase(int64_t output, int32_t tap) const {
  return {output,
          outStep_,
          ceilDivide(outSize() - output, outStep_),
          output * axis_.stride + int64_t{tap} * axis_.dilation - axis_.padBefore,
          inStep_,
          tap,
          tapStep_,
          static_cast<int32_t>(ceilDivide(axis_.taps - tap, tapStep_)),
          tap == 0};
}

/// The first tap that falls onto the grid of dy, where i + padBefore − k·dilation is a multiple of the stride; a number
/// past every tap where there is none. In units of g = gcd(stride, dilation) it is k = i / d modulo s.
int64_t AxisPlan::firstTap(int64_t i) const {
  const int64_t s = tapStep_, d = axis_.dilation / common_, position = i + axis_.padBefore;
  if (position % common_ != 0) return axis_.taps;
  return s == 1 ? 0 : position / common_ % s * inverse(d % s, s) % s;
}

/// The phase of the outputs i, i + outStep, i + 2·outStep … of which there are `count`.
Phase AxisPlan::gradientPhase(int64_t i, int64_t count) const {
  const int64_t k = firstTap(i);
  if (k >= axis_.taps) return {i, outStep_, count, 0, 1, 0, 1, 0, true};
  // Every tapStep-th tap after it falls onto the grid too. Later taps read earlier dy: taken backwards, window and
  // outputs move in the same direction.
  const int64_t position = i + axis_.padBefore - k * axis_.dilation;
  const int32_t taps = static_cast<int32_t>(ceilDivide(axis_.taps - k, tapStep_));
  return {i,         outStep_,
          count,     position / axis_.stride - (taps - 1) * inStep_,
          inStep_,   static_cast<int32_t>(k) + tapStep_ * (taps - 1),
          -tapStep_, taps,
          true};
}

Taps AxisPlan::tapsOf(int64_t output) const {
  if (isForward()) return {output * axis_.stride - axis_.padBefore, axis_.dilation, 0, 1, axis_.taps};
  const Phase phase = gradientPhase(output, 1);
  return {phase.inFirst, phase.inStep, phase.tapFirst, phase.tapStep, phase.taps};
}

RowTaps AxisPlan::rowTaps(int32_t output) const {
  const Taps taps = tapsOf(output);
  // Nearly every row of an image, and quicker than to divide.
  const bool all = taps.inFirst >= 0 && taps.inFirst + (taps.count - 1) * taps.inStep < inSize();
  const Range inside = all ? Range{0, taps.count} : insideOf(inSize(), taps.inFirst, taps.inStep, taps.count);
  if (inside.first == inside.end) return {};
  return {static_cast<int32_t>(taps.inFirst + inside.first * taps.inStep), static_cast<int32_t>(taps.inStep),
          static_cast<int32_t>(taps.tapFirst + inside.first * taps.tapStep), taps.tapStep,
          static_cast<int32_t>(inside.end - inside.first)};
}

namespace {

int64_t maxSegmentsOf(const AxisPlan& axis) {
  int64_t most = 0;
  axis.forEachPhase([&](const Phase& phase) { most += maxSegments(trimmed(phase, axis.inSize())); });
  return most;
}

}  // namespace

TilePlan::TilePlan(const AxisPlan& axis, size_t pitch, bool interleave)
    : axis_(axis), maxSegments_(maxSegmentsOf(axis)), segments_(static_cast<uint64_t>(maxSegments_)), interleave_(interleave) {
  const int64_t perPhase = ceilDivide(axis.outSize(), axis.outStep());
  width_ = tileWidth(uint64_t{pitch} * static_cast<uint64_t>(axis.inStep()), perPhase);
  count_ = ceilDivide(perPhase, width_);
}

void TilePlan::plan(int64_t index) {
  const int64_t from = index * width_, to = from + width_;
  segmentCount_ = 0;
  in_ = {axis_.inSize(), 0};
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
  out_ = {static_cast<int32_t>(std::min(from * step, size)), static_cast<int32_t>(std::min(to * step, size))};
}

void TilePlan::add(const Segment& segment) {
  Segment* const next = segments_.data() + segmentCount_;
  if (interleave_ && segmentCount_ > 0 && interleaveSegments(next[-1], segment)) return;
  *next = segment;
  ++segmentCount_;
}

Repeat rowGroup(const RowTaps* rows, int32_t count, size_t inRowStride) {
  Repeat group;
  const RowTaps& first = rows[0];
  if (count == 1) return group;
  const int32_t inStride = rows[1].inFirst - first.inFirst;
  for (; group.count < std::min(kMaxGroupRows, count); ++group.count) {
    const RowTaps& row = rows[group.count];
    const bool isSame = row.count == first.count && row.tapFirst == first.tapFirst &&
                         row.inFirst - first.inFirst == group.count * inStride;
    if (!isSame) break;
  }
  group.inStride = inStride * static_cast<ptrdiff_t>(inRowStride);
  return group;
}

}  // namespace depthwise
