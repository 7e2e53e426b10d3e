#pragma once

#include <cstddef>

/// Copies between a tensor whose channels stand side by side and the form that the sweeps read and write: pixels
/// `pitch` floats apart, a lane for each output channel, lane c·multiplier + m. It is how channel multipliers and
/// pitches that upset the cache become the one case that the sweeps know.
namespace depthwise {

/// Each channel into its `multiplier` lanes.
void stagePixels(const float* from, int channels, int multiplier, int pixels, float* to, size_t pitch);

/// The sum of the `multiplier` lanes of each channel.
void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to);

/// A filter, lanes adjacent, to another pitch.
void stageFilter(const float* from, int lanes, int taps, float* to, size_t pitch);

}  // namespace depthwise
