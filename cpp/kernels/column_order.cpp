#include "column_order.h"

#include "../simd/f32x4.h"
#include "axis_plan.h"

namespace depthwise {
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
  for (size_t i = 0; i < count - 4; i += 4) store(to + i, evens(load(from + 2 * i), load(from + 2 * i + 4)));
  // Nothing behind the last column that is taken may be read.
  const float* const last = from + 2 * (count - 4);
  store(to + count - 4, firstEvensLastOdds(load(last), load(last + 3)));
}

/// Two sequences into a row where they take turns.
void interlace(const float* first, const float* second, size_t pairs, float* to) {
  size_t i = 0;
  for (; i + 4 <= pairs; i += 4) {
    const f32x4 a = load(first + i), b = load(second + i);
    store(to + 2 * i, interlaceLow(a, b));
    store(to + 2 * i + 4, interlaceHigh(a, b));
  }
  for (; i < pairs; ++i) {
    to[2 * i] = first[i];
    to[2 * i + 1] = second[i];
  }
}

/// Whether there are two, one with the columns c, c + 2, c + 4 …, the other with c + 1, c + 3 …
bool takeTurns(const ColumnSequences& sequences) {
  const Sequence* const first = sequences.begin();
  return sequences.step() == 2 && sequences.end() - first == 2 && first[1].column == first[0].column + 1 &&
         (first[0].count == first[1].count || first[0].count == first[1].count + 1);
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
  if (stride == 2 && takeTurns(sequences)) {
    const Sequence &evens = sequences.begin()[0], &odds = sequences.begin()[1];
    forEachRow(plane, from, pitch, evens, [&](float* row, const float* ordered) {
      interlace(ordered, ordered + (odds.place - evens.place), odds.count, row);
      if (evens.count > odds.count) row[2 * odds.count] = ordered[odds.count];
    });
    return;
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
