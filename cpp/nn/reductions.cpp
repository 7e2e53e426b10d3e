#include "nn/reductions.h"

#include <algorithm>
#include <cstring>

#include "nn/channel_rows.h"

namespace depthwise {

Status sumMiddle(const MiddleAxis& axis, const float* x, double factor, float* sums) {
  const ChannelRows rows(axis.middle, axis.inner);
  ChannelSums<1> all(rows);
  if (!all.status()) return all.status();
  for (size_t outer = 0; outer < axis.outer; ++outer) {
    const float* const from = x + outer * axis.middle * axis.inner;
    all.take([&](auto some, size_t at, size_t) { return ChannelSums<1>::Terms{some.load(from + at)}; });
    for (size_t inner = 0; inner < axis.inner; ++inner) {
      sums[outer * axis.inner + inner] = static_cast<float>(factor * all.sum(0, inner));
    }
  }
  return {};
}

void spreadMiddle(const MiddleAxis& axis, const float* values, double factor, float* x) {
  const size_t bytes = axis.inner * sizeof(float);
  for (size_t outer = 0; outer < axis.outer; ++outer) {
    float* const first = x + outer * axis.middle * axis.inner;
    if (axis.middle == 0) continue;
    for (size_t inner = 0; inner < axis.inner; ++inner) {
      first[inner] = static_cast<float>(factor * values[outer * axis.inner + inner]);
    }
    // Doubled until it is long enough: a copy of a few floats costs as much as one of hundreds.
    for (size_t done = 1; done < axis.middle;) {
      const size_t more = done < axis.middle - done ? done : axis.middle - done;
      std::memcpy(first + done * axis.inner, first, more * bytes);
      done += more;
    }
  }
}

void unsortedSegmentSum(const float* x, const int32_t* segments, size_t items, size_t itemSize, size_t segmentCount,
                        float* sums) {
  std::fill_n(sums, segmentCount * itemSize, 0.0f);
  for (size_t i = 0; i < items; ++i, x += itemSize) {
    if (segments[i] < 0 || static_cast<size_t>(segments[i]) >= segmentCount) continue;
    float* const sum = sums + static_cast<size_t>(segments[i]) * itemSize;
    for (size_t j = 0; j < itemSize; ++j) sum[j] += x[j];
  }
}

}  // namespace depthwise
