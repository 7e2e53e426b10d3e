#pragma once

#include <cstddef>

/// Copies between a tensor and the form that the sweeps read and write: pixels `pitch` floats apart, a lane for each
/// output channel, lane c·multiplier + m. It is how channel multipliers, NCHW, fewer than four channels and pitches
/// that upset the cache all become the one case that the sweeps know.
namespace depthwise {

/// Where the pixels of one row of a tensor stand.
struct PixelStrides {
  size_t column, channel;
};

/// `lanes` rounded up to what sweeps take.
constexpr int wholeLanes(int lanes) { return (lanes + 3) / 4 * 4; }

/// Each channel into its `multiplier` lanes; lanes up to the next multiple of four become 0.
void stagePixels(const float* from, PixelStrides strides, int channels, int multiplier, int pixels, float* to,
                 size_t pitch);

/// The sum of the `multiplier` lanes of each channel.
void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to,
                PixelStrides strides);

/// A filter, lanes adjacent, to another pitch.
void stageFilter(const float* from, int lanes, int taps, float* to, size_t pitch);

}  // namespace depthwise
