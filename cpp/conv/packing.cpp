#include "conv/packing.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "conv/plan.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

void expandPixel(const float* from, int channels, int multiplier, float* to) {
  if (multiplier == 1) {
    std::memcpy(to, from, static_cast<size_t>(channels) * sizeof(float));
    return;
  }
  int c = 0;
  if (multiplier == 2) {
    for (; c + 4 <= channels; c += 4) {
      const f32x4 four = load(from + c);
      store(to + 2 * c, duplicateLower(four));
      store(to + 2 * c + 4, duplicateUpper(four));
    }
  }
  for (; c < channels; ++c) std::fill_n(to + c * multiplier, multiplier, from[c]);
}

void foldPixel(const float* from, int channels, int multiplier, float* to) {
  if (multiplier == 1) {
    std::memcpy(to, from, static_cast<size_t>(channels) * sizeof(float));
    return;
  }
  int c = 0;
  if (multiplier == 2) {
    for (; c + 4 <= channels; c += 4) {
      const f32x4 a = load(from + 2 * c), b = load(from + 2 * c + 4);
      store(to + c, add(concatEven(a, b), concatOdd(a, b)));
    }
  }
  for (; c < channels; ++c) {
    float sum = from[c * multiplier];
    for (int m = 1; m < multiplier; ++m) sum += from[c * multiplier + m];
    to[c] = sum;
  }
}

}  // namespace

void packPixels(const float* from, int channels, int multiplier, int pixels, float* to, size_t pitch) {
  if (multiplier == 1 && pitch == static_cast<size_t>(channels)) {
    std::memcpy(to, from, static_cast<size_t>(pixels) * pitch * sizeof(float));
    return;
  }
  for (; pixels > 0; --pixels, from += channels, to += pitch) expandPixel(from, channels, multiplier, to);
}

void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to) {
  for (; pixels > 0; --pixels, from += pitch, to += channels) foldPixel(from, channels, multiplier, to);
}

void packFilter(const float* from, int lanes, int taps, float* to, size_t pitch) {
  packPixels(from, lanes, 1, taps, to, pitch);
}

namespace {

using Sequence = ColumnSequences::Sequence;

/// Calls visit(row of the plane, row in order), each at the sequence.
template <class Float, class Ordered, class Visit>
void forEachRow(const PlaneView<Float>& plane, Ordered* ordered, size_t pitch, const Sequence& sequence,
                Visit&& visit) {
  Float* row = plane.data + sequence.column * plane.columnStride;
  ordered += sequence.place;
  for (int32_t i = 0; i < plane.rows; ++i, row += plane.rowStride, ordered += pitch) visit(row, ordered);
}

void copyAdjacent(const float* from, size_t count, float* to) {
  if (count < 4) {
    for (size_t i = 0; i < count; ++i) to[i] = from[i];
    return;
  }
  for (size_t i = 0; i < count - 4; i += 4) store(to + i, load(from + i));
  store(to + count - 4, load(from + count - 4));
}

void copyEverySecond(const float* from, size_t count, float* to) {
  if (count < 4) {
    for (size_t i = 0; i < count; ++i) to[i] = from[2 * i];
    return;
  }
  for (size_t i = 0; i < count - 4; i += 4) store(to + i, concatEven(load(from + 2 * i), load(from + 2 * i + 4)));
  // Nothing behind the last column that is taken may be read.
  const float* const last = from + 2 * (count - 4);
  store(to + count - 4, concatEvenOdd(load(last), load(last + 3)));
}

/// Two sequences whose columns take turns in a row: c, c + 2, c + 4 … and c + 1, c + 3 …, as they are with stride 2.
/// The first may have one more.
struct Turns {
  const Sequence *first = nullptr, *second = nullptr;

  explicit operator bool() const { return first != nullptr; }
};

Turns turnsIn(const ColumnSequences& sequences, size_t stride) {
  if (stride != 2 || sequences.step() != 2 || sequences.end() - sequences.begin() != 2) return {};
  const Sequence *first = sequences.begin(), *second = first + 1;
  if (second->column < first->column) std::swap(first, second);
  const bool takeTurns = second->column == first->column + 1 && first->count - second->count <= 1;
  return takeTurns ? Turns{first, second} : Turns{};
}

/// four(i) for the pairs from i on, some of the last perhaps twice; or one(i) for each where there are fewer than four.
template <class Four, class One>
void forEachPair(size_t pairs, Four&& four, One&& one) {
  if (pairs < 4) {
    for (size_t i = 0; i < pairs; ++i) one(i);
    return;
  }
  for (size_t i = 0; i < pairs - 4; i += 4) four(i);
  four(pairs - 4);
}

void copyApart(const float* row, const Turns& turns, float* first, float* second) {
  const size_t pairs = turns.second->count;
  forEachPair(
      pairs,
      [&](size_t i) {
        const f32x4 a = load(row + 2 * i), b = load(row + 2 * i + 4);
        store(first + i, concatEven(a, b));
        store(second + i, concatOdd(a, b));
      },
      [&](size_t i) {
        first[i] = row[2 * i];
        second[i] = row[2 * i + 1];
      });
  if (turns.first->count > pairs) first[pairs] = row[2 * pairs];
}

void copyTogether(const float* first, const float* second, const Turns& turns, float* row) {
  const size_t pairs = turns.second->count;
  forEachPair(
      pairs,
      [&](size_t i) {
        const f32x4 a = load(first + i), b = load(second + i);
        store(row + 2 * i, interleaveLower(a, b));
        store(row + 2 * i + 4, interleaveUpper(a, b));
      },
      [&](size_t i) {
        row[2 * i] = first[i];
        row[2 * i + 1] = second[i];
      });
  if (turns.first->count > pairs) row[2 * pairs] = first[pairs];
}

}  // namespace

ColumnSequences::ColumnSequences(const ColumnOrder& order, int64_t columns)
    : sequences_(static_cast<uint64_t>(order.step)), step_(static_cast<size_t>(order.step)) {
  if (!sequences_.status()) return;
  for (int64_t i = 0; i < order.step; ++i) {
    const Range inside = insideOf(columns, order.first + i, order.step, order.length);
    if (inside.first == inside.end) continue;
    sequences_[count_++] = {static_cast<size_t>(i * order.length + inside.first),
                            static_cast<size_t>(order.first + i + inside.first * order.step),
                            static_cast<size_t>(inside.end - inside.first)};
  }
}

void gatherColumns(const PlaneView<const float>& plane, const ColumnSequences& sequences, float* to, size_t pitch) {
  const size_t stride = plane.columnStride * sequences.step();
  if (const Turns turns = turnsIn(sequences, stride)) {
    const ptrdiff_t apart = static_cast<ptrdiff_t>(turns.second->place) - static_cast<ptrdiff_t>(turns.first->place);
    return forEachRow(plane, to, pitch, *turns.first,
                      [&](const float* row, float* ordered) { copyApart(row, turns, ordered, ordered + apart); });
  }
  for (const Sequence& s : sequences) {
    const auto rows = [&](auto&& copy) { forEachRow(plane, to, pitch, s, copy); };
    if (stride == 1) {
      rows([&](const float* row, float* ordered) { copyAdjacent(row, s.count, ordered); });
    } else if (stride == 2) {
      rows([&](const float* row, float* ordered) { copyEverySecond(row, s.count, ordered); });
    } else {
      rows([&](const float* row, float* ordered) {
        for (size_t i = 0; i < s.count; ++i) ordered[i] = row[i * stride];
      });
    }
  }
}

void scatterColumns(const float* from, size_t pitch, const ColumnSequences& sequences, const PlaneView<float>& plane) {
  const size_t stride = plane.columnStride * sequences.step();
  if (const Turns turns = turnsIn(sequences, stride)) {
    const ptrdiff_t apart = static_cast<ptrdiff_t>(turns.second->place) - static_cast<ptrdiff_t>(turns.first->place);
    return forEachRow(plane, from, pitch, *turns.first,
                      [&](float* row, const float* ordered) { copyTogether(ordered, ordered + apart, turns, row); });
  }
  for (const Sequence& s : sequences) {
    const auto rows = [&](auto&& copy) { forEachRow(plane, from, pitch, s, copy); };
    if (stride == 1) {
      rows([&](float* row, const float* ordered) { copyAdjacent(ordered, s.count, row); });
    } else {
      rows([&](float* row, const float* ordered) {
        for (size_t i = 0; i < s.count; ++i) row[i * stride] = ordered[i];
      });
    }
  }
}

void scatterAddColumns(const float* from, size_t pitch, const ColumnSequences& sequences,
                       const PlaneView<float>& plane) {
  const size_t stride = plane.columnStride * sequences.step();
  for (const Sequence& s : sequences) {
    forEachRow(plane, from, pitch, s, [&](float* row, const float* ordered) {
      for (size_t i = 0; i < s.count; ++i) row[i * stride] += ordered[i];
    });
  }
}

}  // namespace depthwise
