#include "conv/packing.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "simd/f32x4.h"

namespace depthwise {

// NHWC

namespace {

void expandPixel(const float* from, int channels, int multiplier, float* to) {
  if (multiplier == 1) {
    std::memcpy(to, from, channels * sizeof(float));
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
    std::memcpy(to, from, channels * sizeof(float));
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

void packPixels(const float* from, ptrdiff_t fromStride, int channels, int multiplier, int pixels, float* to,
                ptrdiff_t columnStride) {
  if (multiplier == 1 && columnStride == channels && fromStride == channels) {
    std::memcpy(to, from, pixels * columnStride * sizeof(float));
    return;
  }
  ptrdiff_t at = 0, packedAt = 0;
  for (int i = 0; i < pixels; ++i, at += fromStride, packedAt += columnStride) {
    expandPixel(from + at, channels, multiplier, to + packedAt);
  }
}

void foldPixels(const float* from, ptrdiff_t columnStride, int channels, int multiplier, int pixels, float* to) {
  ptrdiff_t at = 0, packedAt = 0;
  for (int i = 0; i < pixels; ++i, at += channels, packedAt += columnStride) {
    foldPixel(from + packedAt, channels, multiplier, to + at);
  }
}

RowsInPlace rowsInPlace(const AxisPlan& rows) {
  const int64_t distance = rows.tapDistance();
  if (distance == 1 && rows.outputDistance() == 2 && rows.taps() == 3) {
    const bool startsOdd = rows.tapsOf(0).inFirst % 2 != 0;
    return {.period = 2, .first = startsOdd ? 0 : 1};  // the rows of the middle tap: only one output row reads each
  }
  return distance % 3 != 0 ? RowsInPlace{.period = 3, .first = 0} : RowsInPlace{};
}

InputRows::InputRows(const Operand<const float>& in, int64_t rows, int64_t columns, int64_t columnsInUse,
                     RowsInPlace inPlace)
    : in_(in),
      packed_(mustBePacked(in, columnsInUse)),
      inPlace_(packed_ && in.multiplier == 1 && !columnsCollide(in.channels, columns) ? inPlace : RowsInPlace{}),
      columnStride_(inPlace_.period > 0 ? in.tensor.columnStride : columnStrideOf(in, columnsInUse)),
      slots_(static_cast<int>(rows)),
      slotFloats_(columns * columnStride_ + (inPlace_.period > 0 ? pageFloats() : 0)),
      ring_(packed_ ? rows * slotFloats_ : 0),
      rowInSlot_(packed_ ? rows : 0) {}

void InputRows::begin(int image, Columns columns) {
  image_ = image;
  columns_ = columns;
  if (packed_) std::fill_n(rowInSlot_.data(), slots_, kNoRow);
}

void InputRows::readAhead(int first, int end) const {
  const ptrdiff_t floats = columns_.count() * in_.tensor.columnStride;
  for (int row = first; row < end; ++row) {
    const float* const columns = in_.tensor.pixel(image_, row, columns_.first);
    for (ptrdiff_t i = 0; i < floats; i += kFloatsPerLine) asm volatile("" : : "r"(columns[i]));
  }
}

const float* InputRows::pixel(int row, int column) {
  if (!packed_ || inPlace_.has(row)) return in_.tensor.pixel(image_, row, column);
  const int slot = row % slots_;
  float* to = ring_.data() + slot * static_cast<ptrdiff_t>(slotFloats_);
  if (inPlace_.period > 0) to += floatsBeforeCopy(row, to);
  if (rowInSlot_[slot] != row) {
    rowInSlot_[slot] = row;
    packPixels(in_.tensor.pixel(image_, row, columns_.first), in_.tensor.columnStride, in_.channels, in_.multiplier,
               columns_.count(), to, columnStride_);
  }
  return to + (column - columns_.first) * columnStride_;
}

void InputRows::pixels(int row, int step, int count, int column, int channel, const float** to) {
  if (packed_) {
    for (int i = 0; i < count; ++i) to[i] = pixel(row + i * step, column) + channel;
    return;
  }
  const float* at = in_.tensor.pixel(image_, row, column) + channel;
  // Does not move the pointer after the last row: it might leave the tensor.
  for (int i = 0;; at += step * in_.tensor.rowStride) {
    to[i] = at;
    if (++i == count) return;
  }
}

ptrdiff_t InputRows::floatsBeforeCopy(int row, const float* slot) const {
  const auto lineOf = [](const float* data) { return reinterpret_cast<uintptr_t>(data) / kCacheLine; };
  const uint64_t line = lineOfCopy(lineOf(in_.tensor.data), columnStride_, row);
  return static_cast<ptrdiff_t>((line - lineOf(slot)) % assumed.sets * kFloatsPerLine);
}

// NCHW

namespace {

using Sequence = ColumnSequences::Sequence;

/// Calls visit(row of the plane, packed row) for each row. Both pointers are to the first column of the sequence.
template <class Float, class Packed, class Visit>
void forEachRow(const PlaneView<Float>& plane, Packed* packed, ptrdiff_t rowStride, const Sequence& sequence,
                Visit&& visit) {
  if (plane.rows == 0) return;
  Float* row = plane.data + sequence.column * plane.columnStride;
  packed += sequence.place;
  // Does not move the pointers after the last row: they might leave the tensor.
  for (int i = 0;; row += plane.rowStride, packed += rowStride) {
    visit(row, packed);
    if (++i == plane.rows) return;
  }
}

void copyAdjacent(const float* from, ptrdiff_t count, float* to) {
  if (count < 4) {
    for (ptrdiff_t i = 0; i < count; ++i) to[i] = from[i];
    return;
  }
  for (ptrdiff_t i = 0; i < count - 4; i += 4) store(to + i, load(from + i));
  store(to + count - 4, load(from + count - 4));
}

/// Four at a time: images of two or three channels take 0.65 to 0.8× as long as with a loop of single floats.
void copyStrided(const float* from, ptrdiff_t fromStride, ptrdiff_t count, float* to, ptrdiff_t toStride) {
  ptrdiff_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* const four = from + i * fromStride;
    float* const toFour = to + i * toStride;
    const float a = four[0], b = four[fromStride], c = four[2 * fromStride], d = four[3 * fromStride];
    toFour[0] = a;
    toFour[toStride] = b;
    toFour[2 * toStride] = c;
    toFour[3 * toStride] = d;
  }
  for (; i < count; ++i) to[i * toStride] = from[i * fromStride];
}

void copyEverySecond(const float* from, ptrdiff_t count, float* to) {
  if (count < 4) {
    for (ptrdiff_t i = 0; i < count; ++i) to[i] = from[2 * i];
    return;
  }
  for (ptrdiff_t i = 0; i < count - 4; i += 4) {
    store(to + i, concatEven(load(from + 2 * i), load(from + 2 * i + 4)));
  }
  // The last column may be the end of the tensor, so these loads end there.
  const float* const last = from + 2 * (count - 4);
  store(to + count - 4, concatEvenOdd(load(last), load(last + 3)));
}

/// Two sequences whose columns alternate in a row (c, c + 2, c + 4, … and c + 1, c + 3, …), as with stride 2. The first
/// one may have one column more.
struct AlternatingPair {
  const Sequence *first = nullptr, *second = nullptr;

  explicit operator bool() const { return first != nullptr; }
  ptrdiff_t distance() const { return second->place - first->place; }  ///< of the packed columns
};

AlternatingPair alternatingPairOf(const ColumnSequences& sequences, ptrdiff_t stride) {
  if (stride != 2 || sequences.step() != 2 || sequences.end() - sequences.begin() != 2) return {};
  const Sequence *first = sequences.begin(), *second = first + 1;
  if (second->column < first->column) std::swap(first, second);
  const bool alternate = second->column == first->column + 1 && first->count - second->count <= 1;
  return alternate ? AlternatingPair{first, second} : AlternatingPair{};
}

/// Calls four(i) for pairs i to i + 3, in steps of four; the last call may overlap the one before. Fewer than four
/// pairs: calls one(i) for each.
template <class Four, class One>
void forEachPair(ptrdiff_t pairs, Four&& four, One&& one) {
  if (pairs < 4) {
    for (ptrdiff_t i = 0; i < pairs; ++i) one(i);
    return;
  }
  for (ptrdiff_t i = 0; i < pairs - 4; i += 4) four(i);
  four(pairs - 4);
}

void deinterleave(const float* row, const AlternatingPair& pair, float* first, float* second) {
  const ptrdiff_t pairs = pair.second->count;
  forEachPair(
      pairs,
      [&](ptrdiff_t i) {
        const f32x4 a = load(row + 2 * i), b = load(row + 2 * i + 4);
        store(first + i, concatEven(a, b));
        store(second + i, concatOdd(a, b));
      },
      [&](ptrdiff_t i) {
        first[i] = row[2 * i];
        second[i] = row[2 * i + 1];
      });
  if (pair.first->count > pairs) first[pairs] = row[2 * pairs];
}

void interleave(const float* first, const float* second, const AlternatingPair& pair, float* row) {
  const ptrdiff_t pairs = pair.second->count;
  forEachPair(
      pairs,
      [&](ptrdiff_t i) {
        const f32x4 a = load(first + i), b = load(second + i);
        store(row + 2 * i, interleaveLower(a, b));
        store(row + 2 * i + 4, interleaveUpper(a, b));
      },
      [&](ptrdiff_t i) {
        row[2 * i] = first[i];
        row[2 * i + 1] = second[i];
      });
  if (pair.first->count > pairs) row[2 * pairs] = first[pairs];
}

}  // namespace

ColumnSequences::ColumnSequences(const ColumnOrder& order, int64_t columns)
    : sequences_(order.step), step_(static_cast<ptrdiff_t>(order.step)) {
  if (!sequences_.status()) return;
  for (int64_t i = 0; i < order.step; ++i) {
    const Range inside = insideOf(columns, order.first + i, order.step, order.length);
    if (inside.first == inside.end) continue;
    sequences_[count_++] = {
        .place = static_cast<ptrdiff_t>(i * order.length + inside.first),
        .column = static_cast<ptrdiff_t>(order.first + i + inside.first * order.step),
        .count = static_cast<ptrdiff_t>(inside.end - inside.first),
    };
  }
}

void gatherColumns(const PlaneView<const float>& plane, const ColumnSequences& sequences, float* to,
                   ptrdiff_t rowStride) {
  const ptrdiff_t stride = plane.columnStride * sequences.step();
  if (const AlternatingPair pair = alternatingPairOf(sequences, stride)) {
    return forEachRow(plane, to, rowStride, *pair.first, [&](const float* row, float* packed) {
      deinterleave(row, pair, packed, packed + pair.distance());
    });
  }
  for (const Sequence& s : sequences) {
    const auto rows = [&](auto&& copy) { forEachRow(plane, to, rowStride, s, copy); };
    if (stride == 1) {
      rows([&](const float* row, float* packed) { copyAdjacent(row, s.count, packed); });
    } else if (stride == 2) {
      rows([&](const float* row, float* packed) { copyEverySecond(row, s.count, packed); });
    } else {
      rows([&](const float* row, float* packed) { copyStrided(row, stride, s.count, packed, 1); });
    }
  }
}

void scatterColumns(const float* from, ptrdiff_t rowStride, const ColumnSequences& sequences,
                    const PlaneView<float>& plane) {
  const ptrdiff_t stride = plane.columnStride * sequences.step();
  if (const AlternatingPair pair = alternatingPairOf(sequences, stride)) {
    return forEachRow(plane, from, rowStride, *pair.first, [&](float* row, const float* packed) {
      interleave(packed, packed + pair.distance(), pair, row);
    });
  }
  for (const Sequence& s : sequences) {
    const auto rows = [&](auto&& copy) { forEachRow(plane, from, rowStride, s, copy); };
    if (stride == 1) {
      rows([&](float* row, const float* packed) { copyAdjacent(packed, s.count, row); });
    } else {
      rows([&](float* row, const float* packed) { copyStrided(packed, 1, s.count, row, stride); });
    }
  }
}

void scatterAddColumns(const float* from, ptrdiff_t rowStride, const ColumnSequences& sequences,
                       const PlaneView<float>& plane) {
  const ptrdiff_t stride = plane.columnStride * sequences.step();
  for (const Sequence& s : sequences) {
    forEachRow(plane, from, rowStride, s, [&](float* row, const float* packed) {
      for (ptrdiff_t i = 0; i < s.count; ++i) row[i * stride] += packed[i];
    });
  }
}

}  // namespace depthwise
