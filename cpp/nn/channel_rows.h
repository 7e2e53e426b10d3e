#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "depthwise/memory.h"
#include "simd/f32x4.h"

/// Rows of floats, four at a time, whatever is left at their end.
namespace depthwise {

/// Four floats of a tensor that are read and written together.
struct FourLanes {
  static constexpr size_t count = 4;

  DEPTHWISE_INLINE f32x4 load(const float* from) const { return depthwise::load(from); }
  DEPTHWISE_INLINE void store(float* to, f32x4 value) const { depthwise::store(to, value); }
};
/// Fewer than four, where a row ends: zeros are read in place of the others, and only these are written.
struct FewLanes {
  size_t count;

  f32x4 load(const float* from) const {
    float four[4] = {};
    for (size_t i = 0; i < count; ++i) four[i] = from[i];
    return depthwise::load(four);
  }
  void store(float* to, f32x4 value) const {
    float four[4];
    depthwise::store(four, value);
    for (size_t i = 0; i < count; ++i) to[i] = four[i];
  }
};

/// visit(FourLanes or FewLanes, lane) for the lanes of a row.
template <class Visit>
DEPTHWISE_INLINE void forEachFourLanes(size_t lanes, Visit&& visit) {
  size_t lane = 0;
  for (; lane + 4 <= lanes; lane += 4) visit(FourLanes{}, lane);
  if (lane < lanes) visit(FewLanes{lanes - lane}, lane);
}

}  // namespace depthwise

/// What is done to each channel of a tensor whose channels are adjacent, `pixels × channels`: a value of each channel
/// meets all its pixels, or all its pixels are summed.
namespace depthwise {

/// Such a tensor as rows of floats: each one pixel, or several where channels are few, so that all numbers of channels
/// are swept four floats at a time.
class ChannelRows {
 public:
  ChannelRows(size_t pixels, size_t channels)
      : channels_(channels),
        repeats_(repeatsOf(channels)),
        lanes_(channels * repeats_),
        count_(channels == 0 ? 0 : pixels / repeats_),
        rest_(pixels % repeats_ * channels) {}

  size_t channels() const { return channels_; }
  size_t repeats() const { return repeats_; }  ///< pixels of a row
  size_t lanes() const { return lanes_; }      ///< floats of a row
  size_t count() const { return count_; }
  size_t rest() const { return rest_; }  ///< floats after the last row, fewer than another
  /// Floats of an array that goes with a row: whole vectors may be read from it at each lane.
  size_t pitch() const { return (lanes_ + 3) / 4 * 4; }

 private:
  static size_t repeatsOf(size_t channels) {
    constexpr size_t kShortRow = 64;  // in shorter ones the ends of loops cost more than the loops
    if (channels == 0 || channels >= kShortRow) return 1;
    return 4 * ((kShortRow / 4 + channels - 1) / channels);
  }

  size_t channels_, repeats_, lanes_, count_, rest_;
};

/// visit(FourLanes or FewLanes, at, lane) for a whole tensor: four floats from `at` in it, from `lane` in a row.
template <class Visit>
DEPTHWISE_INLINE void forEachFourLanes(const ChannelRows& rows, Visit&& visit) {
  for (size_t row = 0; row <= rows.count(); ++row) {
    const size_t first = row * rows.lanes();
    forEachFourLanes(row < rows.count() ? rows.lanes() : rows.rest(),
                     [&](auto some, size_t lane) { visit(some, first + lane, lane); });
  }
}

/// Some values of every channel, each beside every lane of a row that is this channel's.
template <int Count>
class ChannelValues {
 public:
  explicit ChannelValues(const ChannelRows& rows) : rows_(rows), values_(uint64_t{Count} * rows.pitch()) {
    if (values_.status()) std::fill_n(values_.data(), size_t{Count} * rows.pitch(), 0.0f);
  }

  Status status() const { return values_.status(); }
  const float* of(int value) const { return values_.data() + static_cast<size_t>(value) * rows_.pitch(); }

  void set(int value, size_t channel, float to) {
    float* const row = values_.data() + static_cast<size_t>(value) * rows_.pitch();
    for (size_t repeat = 0; repeat < rows_.repeats(); ++repeat) row[repeat * rows_.channels() + channel] = to;
  }

 private:
  ChannelRows rows_;
  Buffer<float> values_;
};

/// Sums over all pixels, some for each channel. 64 rows are summed in float32, four rows first among themselves; such
/// blocks in float64. So no more than 20 roundings meet in a sum, however long it is.
template <int Count>
class ChannelSums {
 public:
  using Terms = std::array<f32x4, Count>;

  explicit ChannelSums(const ChannelRows& rows)
      : rows_(rows), block_(uint64_t{Count} * rows.pitch()), sums_(uint64_t{Count} * rows.channels()) {}

  Status status() const { return block_.status() ? sums_.status() : block_.status(); }
  double sum(int which, size_t channel) const { return sums_[static_cast<size_t>(which) * rows_.channels() + channel]; }

  /// Begins anew. terms(lanes, at, lane) are those of the four floats from `at` in the tensor, which are those from
  /// `lane` in a row.
  template <class GetTerms>
  void take(const GetTerms& terms) {
    constexpr size_t kBlockRows = 64;
    std::fill_n(block_.data(), size_t{Count} * rows_.pitch(), 0.0f);
    std::fill_n(sums_.data(), size_t{Count} * rows_.channels(), 0.0);
    for (size_t row = 0; row < rows_.count();) {
      const size_t end = std::min(row + kBlockRows, rows_.count());
      for (; row + 4 <= end; row += 4) addRows<4>(row * rows_.lanes(), rows_.lanes(), terms);
      for (; row < end; ++row) addRows<1>(row * rows_.lanes(), rows_.lanes(), terms);
      endBlock();
    }
    if (rows_.rest() == 0) return;
    addRows<1>(rows_.count() * rows_.lanes(), rows_.rest(), terms);
    endBlock();
  }

 private:
  template <int Rows, class GetTerms>
  void addRows(size_t first, size_t lanes, const GetTerms& terms) {
    forEachFourLanes(lanes, [&](auto some, size_t lane) {
      Terms all = terms(some, first + lane, lane);
      unroll<Rows - 1>([&](auto row) {
        const Terms more = terms(some, first + (row + 1) * rows_.lanes() + lane, lane);
        unroll<Count>([&](auto i) { all[i] = add(all[i], more[i]); });
      });
      unroll<Count>([&](auto i) {
        float* const to = block_.data() + i * rows_.pitch() + lane;
        some.store(to, add(load(to), all[i]));
      });
    });
  }

  void endBlock() {
    for (size_t i = 0; i < Count; ++i) {
      double* const to = sums_.data() + i * rows_.channels();
      float* const from = block_.data() + i * rows_.pitch();
      for (size_t repeat = 0; repeat < rows_.repeats(); ++repeat) {
        const float* const pixel = from + repeat * rows_.channels();
        for (size_t channel = 0; channel < rows_.channels(); ++channel) to[channel] += pixel[channel];
      }
      std::fill_n(from, rows_.pitch(), 0.0f);
    }
  }

  ChannelRows rows_;
  Buffer<float> block_;
  Buffer<double> sums_;
};

}  // namespace depthwise
