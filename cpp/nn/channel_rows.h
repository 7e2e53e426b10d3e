#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "depthwise/memory.h"
#include "nn/vector_loop.h"

/// Loops over tensors whose last axis is the channels, for ops with one value per channel (batch normalization) or one
/// sum per channel (reductions): rows of several pixels, and accurate sums.
namespace depthwise {

/// A tensor [pixels, channels] as rows of one pixel, or of several pixels if there are few channels. Loops over a row
/// therefore use full vectors for any number of channels.
class ChannelRows {
 public:
  ChannelRows(int pixels, int channels)
      : channels_(channels),
        pixelsPerRow_(pixelsPerRow(channels)),
        rowSize_(channels * pixelsPerRow_),
        rows_(channels == 0 ? 0 : pixels / pixelsPerRow_),
        restSize_(pixels % pixelsPerRow_ * channels) {}

  int channels() const { return channels_; }
  int pixelsPerRow() const { return pixelsPerRow_; }
  ptrdiff_t rowSize() const { return rowSize_; }    ///< floats
  int rows() const { return rows_; }                ///< complete rows
  ptrdiff_t restSize() const { return restSize_; }  ///< floats after the last complete row
  /// Returns rowSize() rounded up to whole vectors, the size of an array with one value for each float of a row.
  ptrdiff_t paddedRowSize() const { return (rowSize_ + 3) / 4 * 4; }

 private:
  static int pixelsPerRow(int channels) {
    constexpr int kMinRowSize = 64;  // in shorter rows the loop overhead takes most of the time
    if (channels == 0 || channels >= kMinRowSize) return 1;
    return 4 * ((kMinRowSize / 4 + channels - 1) / channels);
  }

  int channels_, pixelsPerRow_, rowSize_, rows_, restSize_;
};

/// Calls visitorAt(offset in the row)(FullVector or PartialVector, offset in the tensor) for all vectors of a tensor.
/// One visitor serves four rows, so that the values that visitorAt loads stay in registers: a batch normalization of
/// 8×48²×16 takes 66 instead of 78 µs.
template <class VisitorAt>
DEPTHWISE_INLINE void forEachVector(const ChannelRows& rows, VisitorAt&& visitorAt) {
  const auto visitRows = [&](int row, int count, ptrdiff_t begin, ptrdiff_t end) {
    for (; count > 0; ++row, --count) {
      forEachVector(end - begin, [&](auto vector, ptrdiff_t offset) {
        visitorAt(begin + offset)(vector, row * rows.rowSize() + begin + offset);
      });
    }
  };
  const ptrdiff_t wholeVectors = rows.rowSize() / 4 * 4;
  int row = 0;
  for (; row + 4 <= rows.rows(); row += 4) {
    for (ptrdiff_t offset = 0; offset < wholeVectors; offset += 4) {
      const auto visit = visitorAt(offset);
      unroll<4>([&](auto i) { visit(FullVector{}, (row + i) * rows.rowSize() + offset); });
    }
    visitRows(row, 4, wholeVectors, rows.rowSize());
  }
  visitRows(row, rows.rows() - row, 0, rows.rowSize());
  visitRows(rows.rows(), 1, 0, rows.restSize());
}

/// `Count` values per channel, repeated for each pixel of a row: value i of the channel at an offset in a row is
/// row(i)[offset]. Whole vectors are readable at each offset.
template <int Count>
class ChannelValues {
 public:
  explicit ChannelValues(const ChannelRows& rows) : rows_(rows), values_(int64_t{Count} * rows.paddedRowSize()) {
    if (values_.status()) std::fill_n(values_.data(), Count * rows.paddedRowSize(), 0.0f);
  }

  Status status() const { return values_.status(); }
  const float* row(int i) const { return values_.data() + i * rows_.paddedRowSize(); }

  [[gnu::noinline]] void set(int i, int channel, float value) {
    float* const first = values_.data() + i * rows_.paddedRowSize();
    for (int pixel = 0; pixel < rows_.pixelsPerRow(); ++pixel) first[pixel * rows_.channels() + channel] = value;
  }

 private:
  ChannelRows rows_;
  Buffer<float> values_;
};

/// `Count` sums per channel over all pixels. Blocks of 64 rows are summed in float32, four rows at a time; the sums of
/// blocks are added in float64. A sum therefore has at most 20 float32 roundings, whatever its length.
template <int Count>
class ChannelSums {
 public:
  using Terms = std::array<f32x4, Count>;

  explicit ChannelSums(const ChannelRows& rows)
      : rows_(rows), block_(int64_t{Count} * rows.paddedRowSize()), sums_(int64_t{Count} * rows.channels()) {}

  Status status() const { return block_.status() ? sums_.status() : block_.status(); }

  /// Computes all sums. getTerms(vector, offset in the tensor, offset in the row) returns the terms of a vector.
  template <class GetTerms>
  void compute(const GetTerms& getTerms) {
    constexpr int kBlockRows = 64;
    std::fill_n(block_.data(), Count * rows_.paddedRowSize(), 0.0f);
    std::fill_n(sums_.data(), ptrdiff_t{Count} * rows_.channels(), 0.0);
    const int rows = rows_.rows();
    for (int row = 0; row <= rows;) {
      const int end = std::min(row + kBlockRows, rows);
      for (; row + 4 <= end; row += 4) addRows<4>(row * rows_.rowSize(), rows_.rowSize(), getTerms);
      // What remains: up to three rows, and the incomplete row after all others.
      for (; row < end || row == rows; ++row) {
        addRows<1>(row * rows_.rowSize(), row < rows ? rows_.rowSize() : rows_.restSize(), getTerms);
      }
      addBlock();
    }
  }

  double sum(int i, int channel) const { return sums_[static_cast<size_t>(i * ptrdiff_t{rows_.channels()} + channel)]; }

 private:
  /// Adds `Rows` rows of `size` floats to the block.
  template <int Rows, class GetTerms>
  void addRows(ptrdiff_t first, ptrdiff_t size, const GetTerms& getTerms) {
    forEachVector(size, [&](auto vector, ptrdiff_t offset) {
      Terms terms{};
      const auto addRow = [&](int row) {
        const Terms more = getTerms(vector, first + row * rows_.rowSize() + offset, offset);
        unroll<Count>([&](auto i) { terms[i] = add(terms[i], more[i]); });
      };
      if constexpr (vector.isFull) {
        unroll<Rows>(addRow);
      } else {
        for (int row = 0; row < Rows; ++row) addRow(row);  // rare, so the code is short instead of fast
      }
      unroll<Count>([&](auto i) {
        float* const to = block_.data() + i * rows_.paddedRowSize() + offset;
        vector.store(to, add(load(to), terms[i]));
      });
    });
  }

  /// Adds the block to the sums and clears it.
  [[gnu::noinline]] void addBlock() {
    for (int i = 0; i < Count; ++i) {
      double* const to = sums_.data() + i * ptrdiff_t{rows_.channels()};
      float* const from = block_.data() + i * rows_.paddedRowSize();
      for (int pixel = 0; pixel < rows_.pixelsPerRow(); ++pixel) {
        const float* const values = from + pixel * rows_.channels();
        for (int channel = 0; channel < rows_.channels(); ++channel) to[channel] += values[channel];
      }
      std::fill_n(from, rows_.paddedRowSize(), 0.0f);
    }
  }

  ChannelRows rows_;
  Buffer<float> block_;
  Buffer<double> sums_;
};

}  // namespace depthwise
