#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "depthwise/memory.h"
#include "nn/vector_loop.h"
#include "parallel/parallel.h"

/// Loops over tensors whose last axis is the channels, for ops with one value per channel (batch normalization) or one
/// sum per channel (reductions): rows of several pixels, and accurate sums.
namespace depthwise {

/// A tensor [pixels, channels] as rows of one or more pixels, so that a row consists of whole tiles and contains at
/// least 64 floats. An incomplete row may follow. If the tensor is smaller than a row, all of it is the incomplete row.
class ChannelRows {
 public:
  /// Loops over complete rows compute this number of floats at once.
  static constexpr int kTile = 8;

  ChannelRows(int pixels, int channels)
      : channels_(channels),
        pixelsPerRow_(std::min(wantedPixelsPerRow(channels), std::max(pixels, 1))),
        rowSize_((ptrdiff_t{channels} * pixelsPerRow_ + kTile - 1) / kTile * kTile),
        rows_(channels > 0 && rowSize_ == ptrdiff_t{channels} * pixelsPerRow_ ? pixels / pixelsPerRow_ : 0),
        restSize_(ptrdiff_t{pixels} * channels - rows_ * rowSize_) {}

  int channels() const { return channels_; }
  int pixelsPerRow() const { return pixelsPerRow_; }
  ptrdiff_t rowSize() const { return rowSize_; }    ///< floats
  int rows() const { return rows_; }                ///< complete rows
  ptrdiff_t restSize() const { return restSize_; }  ///< floats after the last complete row

 private:
  static int wantedPixelsPerRow(int channels) {
    constexpr int kMinRowSize = 64;  // in shorter rows the loop overhead takes most of the time
    const int wholeTiles = kTile / std::gcd(kTile, channels);
    if (channels == 0 || channels >= kMinRowSize) return wholeTiles;
    return (kMinRowSize + wholeTiles * channels - 1) / (wholeTiles * channels) * wholeTiles;
  }

  int channels_, pixelsPerRow_;
  ptrdiff_t rowSize_;
  int rows_;
  ptrdiff_t restSize_;
};

/// Returns the work of a loop over some rows, for the number of floats that it reads and writes for each element.
inline Work workOf(const ChannelRows& rows, int count, int floats) {
  constexpr double kFloatBytes = sizeof(float);
  return workOfBytes(kFloatBytes * floats * count * static_cast<double>(rows.rowSize()));
}

/// An offset in a tensor, as a sum with a constant. The address of the first term is computed once for several
/// constants, which are part of the instructions. Batch normalization takes 0.95 times as long as with addresses that
/// are computed for each load and store.
template <int Constant>
struct TensorOffset {
  ptrdiff_t first;

  template <class Float>
  DEPTHWISE_INLINE friend Float* operator+(Float* tensor, TensorOffset offset) {
    return tensor + offset.first + Constant;
  }
};

/// Calls visitorAt(offset in the row)(FullVector or LastVector, offset in the tensor) for all vectors of the rows from
/// `first` to `end`. The row after all complete rows is the incomplete one.
///
/// One visitor serves a row of the first half of the rows and a row of the second half, so that the values that
/// visitorAt loads stay in registers for two vectors. Each half is read in order, as the prefetcher of the processor
/// expects it: if the tensor is not in the level 2 cache, four adjacent rows take up to 1.5 times as long, and single
/// rows, whose values are loaded for each vector, 1.25 times.
template <class VisitorAt>
DEPTHWISE_INLINE void forEachVector(const ChannelRows& rows, int first, int end, const VisitorAt& visitorAt) {
  const ptrdiff_t rowSize = rows.rowSize(), begin = first * rowSize;
  const int completeRows = std::min(end, rows.rows()) - first;
  const ptrdiff_t half = completeRows / 2 * rowSize;
  for (ptrdiff_t row = begin; row < begin + half; row += rowSize) {
    for (ptrdiff_t inRow = 0; inRow < rowSize; inRow += ChannelRows::kTile) {
      unroll<ChannelRows::kTile / 4>([&](auto i) {
        const auto visit = visitorAt(TensorOffset<4 * i>{inRow});
        visit(FullVector{}, TensorOffset<4 * i>{row + inRow});
        visit(FullVector{}, TensorOffset<4 * i>{half + row + inRow});
      });
    }
  }
  const auto visitLast = [&](ptrdiff_t row, ptrdiff_t size) {
    forEachVector<LastVector>(size, [&](auto vector, ptrdiff_t inRow) { visitorAt(inRow)(vector, row + inRow); });
  };
  if (completeRows % 2 > 0) visitLast(begin + 2 * half, rowSize);
  if (end > rows.rows()) visitLast(rows.rows() * rowSize, rows.restSize());
}

/// Calls visitorAt for all vectors of a tensor, on several threads. `floats` is the number of floats that it reads and
/// writes for each element.
template <class VisitorAt>
DEPTHWISE_INLINE void forEachVector(const ChannelRows& rows, int floats, const VisitorAt& visitorAt,
                                    bool isInPlace = false) {
  const auto visitRows = [rows, visitorAt](ptrdiff_t first, ptrdiff_t end) {
    forEachVector(rows, static_cast<int>(first), static_cast<int>(end), visitorAt);
    return Status{};
  };
  static_cast<void>(parallelFor(rows.rows() + 1, 1, workOf(rows, rows.rows(), floats), visitRows, isInPlace));
}

/// `Count` values per channel, repeated for each pixel of a row: value i of the channel at an offset in a row is
/// row(i)[offset].
template <int Count>
class ChannelValues {
 public:
  explicit ChannelValues(const ChannelRows& rows) : rows_(rows), values_(int64_t{Count} * rows.rowSize()) {}

  Status status() const { return values_.status(); }
  const float* row(int i) const { return values_.data() + i * rows_.rowSize(); }

  /// Sets all values. valuesOf(channel) returns those of a channel.
  template <class ValuesOf>
  void setAll(const ValuesOf& valuesOf) {
    const ptrdiff_t channels = rows_.channels(), rowSize = rows_.rowSize();
    float* const first = values_.data();
    for (int channel = 0; channel < channels; ++channel) {
      const std::array<float, Count> values = valuesOf(channel);
      unroll<Count>([&](auto i) { first[i * rowSize + channel] = values[i]; });
    }
    if (channels == rowSize) return;
    for (int i = 0; i < Count; ++i) {
      float* const row = first + i * rowSize;
      for (ptrdiff_t at = channels; at < rowSize; ++at) row[at] = row[at - channels];
    }
  }

 private:
  ChannelRows rows_;
  Buffer<float> values_;
};

/// `Count` sums per channel over pixels. Blocks of 60 rows are summed in float32, four rows at a time; the sums of
/// blocks are added in float64. A sum therefore has at most 20 float32 roundings, whatever its length.
///
/// Long sums consist of chunks of blocks, which several threads may compute. The chunks depend only on the number of
/// rows.
template <int Count>
class ChannelSums {
 public:
  using Terms = std::array<f32x4, Count>;

  explicit ChannelSums(const ChannelRows& rows)
      : rows_(rows),
        blocks_(int64_t{Count} * rows.rowSize() * chunksOf(rows.rows() + 1)),
        sums_(int64_t{Count} * rows.channels() * chunksOf(rows.rows() + 1)) {}

  Status status() const { return blocks_.status() ? sums_.status() : blocks_.status(); }

  /// Computes all sums. getTermsAt(offset in the row)(vector, offset in the tensor) returns the terms of a vector.
  template <class GetTermsAt>
  void compute(const GetTermsAt& getTermsAt) {
    compute(0, rows_.rows() + 1, getTermsAt);
  }

  /// Computes the sums of the rows from `row` to `end`. The row after all complete rows is the incomplete one.
  template <class GetTermsAt>
  [[gnu::noinline]] void compute(int row, int end, const GetTermsAt& getTermsAt) {
    const int blocks = (end - row + kBlockRows - 1) / kBlockRows, chunks = chunksOf(end - row);
    const auto firstRowOf = [&](int chunk) {
      return std::min(end, row + static_cast<int>(int64_t{blocks} * chunk / chunks) * kBlockRows);
    };
    static_cast<void>(
        parallelFor(chunks, 1, workOf(rows_, end - row, Count), [&, getTermsAt](ptrdiff_t first, ptrdiff_t last) {
          for (int chunk = static_cast<int>(first); chunk < last; ++chunk) {
            computeChunk(chunk, firstRowOf(chunk), firstRowOf(chunk + 1), getTermsAt);
          }
          return Status{};
        }));
    addChunks(chunks);
  }

  double sum(int i, int channel) const { return sums_[static_cast<size_t>(i * ptrdiff_t{rows_.channels()} + channel)]; }

 private:
  /// With 64 rows, a quarter of a block is 4096 bytes or a multiple of it for most numbers of channels. Then the four
  /// rows that are summed together compete for the same lines of the level 1 cache.
  static constexpr int kBlockRows = 60;

  /// Returns the number of chunks of some rows, the incomplete row included: at least one block in each.
  static int chunksOf(int rows) { return std::clamp(rows / kBlockRows, 1, kMaxParts); }

  [[gnu::noinline]] void clear(float* block, double* sums) const {
    std::fill_n(block, Count * rows_.rowSize(), 0.0f);
    std::fill_n(sums, ptrdiff_t{Count} * rows_.channels(), 0.0);
  }

  /// Adds the sums of all chunks to those of the first one.
  [[gnu::noinline]] void addChunks(int chunks) {
    const ptrdiff_t size = ptrdiff_t{Count} * rows_.channels();
    for (int chunk = 1; chunk < chunks; ++chunk) {
      for (ptrdiff_t i = 0; i < size; ++i) sums_[i] += sums_[chunk * size + i];
    }
  }

  template <class GetTermsAt>
  DEPTHWISE_INLINE void computeChunk(int chunk, int row, int end, const GetTermsAt& getTermsAt) {
    float* const block = blocks_.data() + chunk * Count * rows_.rowSize();
    double* const sums = sums_.data() + chunk * ptrdiff_t{Count} * rows_.channels();
    clear(block, sums);
    const int completeEnd = std::min(end, rows_.rows());
    while (row < end) {
      const int blockEnd = std::min(row + kBlockRows, end);
      const int quarter = (std::min(blockEnd, completeEnd) - row) / 4;
      addQuarters(block, row, quarter, getTermsAt);
      for (row += 4 * quarter; row < blockEnd; ++row) addRow(block, row, getTermsAt);
      addBlock(block, sums);
    }
  }

  /// Adds 4·quarter complete rows to the block, at the same time one row of each quarter.
  template <class GetTermsAt>
  DEPTHWISE_INLINE void addQuarters(float* block, int firstRow, int quarter, GetTermsAt getTermsAt) {
    const ptrdiff_t rowSize = rows_.rowSize(), stride = quarter * rowSize;
    const ptrdiff_t begin = firstRow * rowSize, end = begin + stride;
    for (ptrdiff_t row = begin; row < end; row += rowSize) {
      for (ptrdiff_t inRow = 0; inRow < rowSize; inRow += ChannelRows::kTile) {
        unroll<ChannelRows::kTile / 4>([&](auto v) {
          using Offset = TensorOffset<4 * v>;
          const auto getTerms = getTermsAt(Offset{inRow});
          Terms sums = getTerms(FullVector{}, Offset{row + inRow});
          unroll<3>([&](auto i) {
            const Terms terms = getTerms(FullVector{}, Offset{row + (i + 1) * stride + inRow});
            unroll<Count>([&](auto j) { sums[j] = add(sums[j], terms[j]); });
          });
          addToBlock(block, rowSize, FullVector{}, Offset{inRow}, sums);
        });
      }
    }
  }

  /// Adds one row, which may be the incomplete one.
  template <class GetTermsAt>
  DEPTHWISE_INLINE void addRow(float* block, int row, const GetTermsAt& getTermsAt) {
    const ptrdiff_t rowSize = rows_.rowSize(), size = row < rows_.rows() ? rowSize : rows_.restSize();
    forEachVector<LastVector>(size, [&](auto vector, ptrdiff_t inRow) {
      addToBlock(block, rowSize, vector, inRow, getTermsAt(inRow)(vector, row * rowSize + inRow));
    });
  }

  template <class Vector, class Offset>
  DEPTHWISE_INLINE static void addToBlock(float* block, ptrdiff_t rowSize, Vector vector, Offset inRow,
                                          const Terms& terms) {
    unroll<Count>([&](auto i) {
      float* const to = block + i * rowSize + inRow;
      vector.store(to, add(load(to), terms[i]));
    });
  }

  /// Adds the block to the sums and clears it.
  [[gnu::noinline]] void addBlock(float* block, double* sums) {
    const ptrdiff_t channels = rows_.channels(), rowSize = rows_.rowSize();
    for (int i = 0; i < Count; ++i) {
      double* const to = sums + i * channels;
      float* const from = block + i * rowSize;
      for (int pixel = 0; pixel < rows_.pixelsPerRow(); ++pixel) {
        const float* const values = from + pixel * channels;
        for (ptrdiff_t channel = 0; channel < channels; ++channel) to[channel] += values[channel];
      }
      std::fill_n(from, rowSize, 0.0f);
    }
  }

  ChannelRows rows_;
  Buffer<float> blocks_;
  Buffer<double> sums_;
};

}  // namespace depthwise
