#pragma once

#include <algorithm>
#include <cstdint>

#include "cache_assumptions.h"

/// Chooses sizes that keep data in the first-level cache until it is used again: widths of tiles, strides of packed
/// columns, sizes of groups. They affect speed only. Any return value of these functions gives correct results.
///
/// A cache has sets of lines. Lines whose addresses are equal modulo 64 · sets bytes share a set. If the column stride
/// is a multiple of a large power of two, columns share few sets and evict each other.
///
/// Three functions are not inlined: their copies take 0.2 KB of the wasm, gzipped.
namespace depthwise {

/// Returns n if columns with this stride (in floats) use only every n-th set. Only the low bits of the stride matter,
/// so it may have wrapped around.
[[gnu::noinline]] inline int64_t setStride(uint64_t columnStride) {
  if (columnStride % kFloatsPerLine != 0) return 1;
  const auto sets = static_cast<uint64_t>(assumed.sets);
  uint64_t n = 1;
  for (const uint64_t lines = columnStride / kFloatsPerLine; n < sets && lines % (2 * n) == 0;) n *= 2;
  return static_cast<int64_t>(n);
}

/// Returns the width of a tile: the number of outputs (of one phase) to compute before going down to the next row.
/// Three rows of x, one row of y and the next row of x share the sets that their columns can use. A row of x contains
/// two columns more than the outputs.
inline int64_t tileWidth(uint64_t columnStride, int64_t outputs) {
  const int64_t usableLines = assumed.ways * assumed.sets / setStride(columnStride);
  const int64_t width = std::clamp<int64_t>((usableLines - 4 * 2) / 5, 7, 64);
  const int64_t tiles = (outputs + width - 1) / width;
  return tiles <= 1 ? outputs : (outputs + tiles - 1) / tiles;
}

/// Returns the number of channels in a slice. A row group that is computed slice by slice reads each input row from the
/// second-level cache once, instead of once per output row.
inline int sliceChannels(int channels) { return channels < 128 ? assumed.smallSlice : assumed.largeSlice; }

/// Returns whether to compute a row group slice by slice. Slices do not help in three cases: the `floats` that one
/// output row reads stay in the first-level cache anyway; there are few outputs, because each slice has a start-up
/// cost; columns start in the middle of a cache line, because slices would share lines, and such columns spread the
/// cache misses evenly without slices.
inline bool isSliced(int channels, int64_t outputs, int64_t floats) {
  return channels % kFloatsPerLine == 0 && channels >= 64 && outputs >= 64 &&
         floats > (channels < 128 ? assumed.floats() / 2 : assumed.floats() * 3 / 4);
}

/// Returns whether the filter gradient reads x and dy line by line before it computes. In a training step, x is not in
/// the caches, and the CPU does not prefetch columns that are far apart: images of 6×6 and 12×12 take 0.5 to 0.9× as
/// long if they are read first. In a loop, where they stay in the second-level cache, they take 1.05 to 1.2×. With
/// fewer channels, they take 1.2 to 1.35× as long in a step.
constexpr bool isReadAhead(int channels) { return channels >= 32; }
/// Returns whether it reads an image of x at once. Longer images do not stay in the cache: their rows are read before
/// each row group (48×48×48 with stride 2: 0.7×). For others, this takes 1.0 to 1.1× as long.
constexpr bool isReadAtOnce(int64_t floats) { return floats <= 1 << 15; }

/// The maximum number of channels that NCHW computes together.
constexpr int kMaxPlanes = 8;
/// Returns how many channels of the filter to compute together in NCHW, if each reads and writes `floats` floats (its
/// taps included): as many as half of the cache holds, rounded down to a multiple of `multiplier`, at least one.
inline int planesAtOnce(int64_t floats, int multiplier) {
  const int64_t max = assumed.floats() / 2 / std::max<int64_t>(1, floats);
  const int planes = static_cast<int>(std::clamp<int64_t>(max, 1, kMaxPlanes));
  return std::max(1, planes / multiplier * multiplier);
}

/// Returns how many images to compute channel after channel in NCHW, so that the taps of a channel are broadcast once
/// for all of them. As many as stay in the second-level cache: with more, 32 images of 28×28×32 take 1.13× as
/// long.
inline int imagesAtOnce(int64_t imageFloats) {
  return static_cast<int>(std::max<int64_t>(1, assumed.secondLevelFloats / std::max<int64_t>(1, imageFloats)));
}

/// Returns whether the sets that columns of `channels` floats can use are too few for `columns` of them at the same
/// time. This happens if the number of channels is a multiple of 256. Such columns are copied to a stride that uses all
/// sets.
[[gnu::noinline]] inline bool columnsCollide(int64_t channels, int64_t columns) {
  return setStride(static_cast<uint64_t>(channels)) >= 16 &&
         columns * setStride(static_cast<uint64_t>(channels)) > assumed.sets * 8;
}

/// Returns a column stride for `channels` floats that uses all sets. Columns also start at different places of a cache
/// line, which spreads the cache misses evenly.
[[gnu::noinline]] inline int64_t spreadStride(int64_t channels) {
  const int64_t whole = (channels + 3) / 4 * 4;
  return setStride(static_cast<uint64_t>(whole)) >= 4 ? whole + 4 : whole;
}

}  // namespace depthwise
