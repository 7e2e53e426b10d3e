#pragma once

#include <algorithm>
#include <cstdint>

/// How a row is cut and pitched so that what a sweep reads again is still in the first-level cache. Performance only:
/// any answer of these functions gives right results.
namespace depthwise {

/// x86 and ARM first-level caches of today have 64 sets (lines whose addresses agree modulo 4096 share one); 12 ways
/// are 48 KB.
constexpr int64_t kFloatsPerLine = 16;
constexpr int64_t kCacheSets = 64;
constexpr int64_t kCacheWays = 12;

/// Pixels this many floats apart use every n-th set only: the n. Only the low bits tell, so the step may have wrapped
/// around.
inline int64_t setStride(uint64_t pixelStep) {
  if (pixelStep % kFloatsPerLine != 0) return 1;
  uint64_t n = 1;
  for (const uint64_t lines = pixelStep / kFloatsPerLine; n < kCacheSets && lines % (2 * n) == 0;) n *= 2;
  return static_cast<int64_t>(n);
}

/// The number of outputs to sweep before going down to the next row. Three rows of x, one of y and the next row that
/// comes in share the sets that their pixels can use.
inline int64_t tileWidth(uint64_t pixelStep, int64_t outputs) {
  const int64_t usableLines = kCacheWays * kCacheSets / setStride(pixelStep);
  const int64_t width = std::clamp<int64_t>(usableLines / 5, 7, 64);
  const int64_t tiles = (outputs + width - 1) / width;
  return tiles <= 1 ? outputs : (outputs + tiles - 1) / tiles;
}

/// Rows of outputs that are fusable alike are fusable together: so few that what they share is still in the cache when
/// another run begins with the first.
constexpr int32_t kMaxGroupRows = 8;

/// Whether to sweep them for sliceLanes lanes at a time, so that they read their rows of the input from the
/// second-level cache once and not once each. Not where the `floats` that a row of outputs reads stay in the
/// first-level cache anyway, not for a few outputs, since to begin with a slice takes time, and not where pixels begin
/// anywhere in a line: slices would share lines, and the sweeps have new lines to wait for evenly spread as it is.
constexpr int sliceLanes(int lanes) { return lanes < 128 ? 32 : 64; }
inline bool isSliced(int lanes, int64_t outputs, int64_t floats) {
  constexpr int64_t kFirstLevel = kFloatsPerLine * kCacheSets * kCacheWays;
  return lanes % kFloatsPerLine == 0 && lanes >= 64 && outputs >= 64 &&
         floats > (lanes < 128 ? kFirstLevel / 2 : kFirstLevel * 3 / 4);
}

/// How many lanes whose channels are planes to sweep by turns, when a lane reads and writes so many floats, its taps
/// too: as many as half of the cache holds, of whole channels.
constexpr int kMaxPlanes = 8;
inline int planesAtOnce(int64_t floats, int multiplier) {
  const int64_t half = kFloatsPerLine * kCacheSets * kCacheWays / 2;
  const int planes = static_cast<int>(std::clamp<int64_t>(half / std::max<int64_t>(1, floats), 1, kMaxPlanes));
  return std::max(1, planes / multiplier * multiplier);
}

/// Whether `pixels` that are read by turns would be too many for the sets that they can use. With a multiple of 256
/// channels that is every 16th set or fewer. Then they are copied to a pitch that uses them all.
inline bool pixelsCollide(int64_t channels, int64_t pixels) {
  return setStride(channels) >= 16 && pixels * setStride(channels) > kCacheSets * 8;
}

/// A pitch for `lanes` floats a pixel that walks through all sets, or as it is where it is small. It also walks through
/// the places in a line, so that the sweeps have new lines to wait for evenly spread.
inline int64_t spreadPitch(int64_t lanes) {
  const int64_t whole = (lanes + 3) / 4 * 4;
  return setStride(whole) >= 4 ? whole + 4 : whole;
}

}  // namespace depthwise
