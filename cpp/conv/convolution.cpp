#include "depthwise/convolution.h"

#include <algorithm>

#include "conv/convolution.h"
#include "parallel/parallel.h"
#include "simd/f32x4.h"
#include "tensor_view.h"

namespace depthwise {
namespace {

/// Returns whether four channels can be the lanes of a vector. In NCHW this needs images of a single pixel.
bool channelsAreLanes(const Geometry& g) {
  const bool onePixel = g.height.in == 1 && g.width.in == 1 && g.height.out == 1 && g.width.out == 1;
  return g.outChannels() >= 4 && (g.layout == Layout::kNhwc || onePixel);
}

/// With fewer images, threads compute rows.
constexpr int kManyImages = 4;

Work workOf(const Geometry& g) {
  return workOfFlops(2.0 * static_cast<double>(elementCount(g.yShape())) * g.height.taps * g.width.taps);
}

Status correlateAll(const Geometry& g, const Correlation& c) {
  return channelsAreLanes(g) ? correlateNhwc(c) : correlateNchw(c);
}

/// Computes the images from `first` to `end`.
Status correlateImages(const Geometry& g, Correlation c, ptrdiff_t first, ptrdiff_t end) {
  c.batch = static_cast<int>(end - first);
  c.in.tensor.data += first * c.in.tensor.imageStride;
  c.out.tensor.data += first * c.out.tensor.imageStride;
  return correlateAll(g, c);
}

/// Threads compute images or, of a few images, rows.
Status correlate(const Geometry& g, const Correlation& c) {
  if (!kHasThreads) return correlateAll(g, c);
  if (g.batch < kManyImages && channelsAreLanes(g)) {
    return parallelFor(c.endRow, 1, workOf(g), [&](ptrdiff_t first, ptrdiff_t end) {
      Correlation part = c;
      part.firstRow = static_cast<int>(first);
      part.endRow = static_cast<int>(end);
      return correlateNhwc(part);
    });
  }
  return parallelFor(g.batch, 1, workOf(g),
                     [&](ptrdiff_t first, ptrdiff_t end) { return correlateImages(g, c, first, end); });
}

/// Returns the ranges of images or, of a few images, of rows into which the filter gradient is divided. They do not
/// depend on the number of threads. A range takes time: its sums are added, and its rows may not be a multiple of those
/// that are computed together. So there are ∛n times as many ranges for n times as many pixels: 2 for 14×14, 4 for
/// 56×56 or 8 images of 10×10. One thread takes 1.0 to 1.08 times as long as without ranges.
RowRanges rangesOf(const Geometry& g) {
  constexpr int kMaxRanges = 8;
  constexpr double kPixels = 12.5;
  const bool areImages = g.batch >= kManyImages;
  const int units = areImages ? g.batch : g.height.out;
  const double pixels = double(g.batch) * g.height.out * g.width.out;
  int count = 1;
  for (int more = 2; more <= std::min(units, kMaxRanges) && kPixels * more * more * more <= pixels; more *= 2) {
    count = more;
  }
  return {.count = count, .areImages = areImages, .units = units};
}

}  // namespace

// The images of an empty batch can be so large that a plan or a view of them would overflow, so these functions return
// first.

Status forward(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  if (g.batch == 0) return {};
  return correlate(g, {.batch = g.batch,
                       .channels = g.outChannels(),
                       .height = {g.height, Pass::kForward},
                       .width = {g.width, Pass::kForward},
                       .in = {.tensor = viewX(g, x), .channels = g.channels, .multiplier = g.multiplier},
                       .filter = filter,
                       .out = {.tensor = viewY(g, y), .channels = g.outChannels(), .multiplier = 1},
                       .epilogue = epilogue,
                       .firstRow = 0,
                       .endRow = g.height.out});
}

Status inputGradient(const Geometry& g, const float* dy, const float* filter, float* dx) {
  if (g.batch == 0) return {};
  return correlate(g, {.batch = g.batch,
                       .channels = g.outChannels(),
                       .height = {g.height, Pass::kInputGradient},
                       .width = {g.width, Pass::kInputGradient},
                       .in = {.tensor = viewY(g, dy), .channels = g.outChannels(), .multiplier = 1},
                       .filter = filter,
                       .out = {.tensor = viewX(g, dx), .channels = g.channels, .multiplier = g.multiplier},
                       .epilogue = {},
                       .firstRow = 0,
                       .endRow = g.height.in});
}

Status filterGradient(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  if (g.batch == 0) {
    std::fill_n(dfilter, elementCount(g.filterShape()), 0.0f);
    return {};
  }
  if (!channelsAreLanes(g)) return filterGradientNchw(g, x, dy, dfilter);
  // Each range has its own sums, so that threads can compute ranges, and the bits are those of one thread.
  const RowRanges ranges = rangesOf(g);
  const bool areSeveral = ranges.count > 1;
  const auto size = static_cast<ptrdiff_t>(elementCount(g.filterShape())), stride = (size + 3) / 4 * 4;
  Buffer<float> buffer(areSeveral ? int64_t{ranges.count} * stride : 0);
  if (!buffer.status()) return buffer.status();
  float* const sums = areSeveral ? buffer.data() : dfilter;
  const Status status = parallelFor(ranges.count, 1, workOf(g), [&, sums, stride](ptrdiff_t first, ptrdiff_t end) {
    return filterGradientNhwc(g, ranges, static_cast<int>(first), static_cast<int>(end), x, dy, sums, stride);
  });
  if (!status || !areSeveral) return status;
  for (const float* from = sums + stride; from < sums + ranges.count * stride; from += stride) {
    for (ptrdiff_t i = 0; i < size; i += 4) store(sums + i, add(load(sums + i), load(from + i)));
  }
  std::copy_n(sums, size, dfilter);
  return status;
}

void biasGradient(const Geometry& g, const float* dy, float* dbias) {
  // A few channels at a time: their sums stay in the cache, and if channels are adjacent, dy is read line by line.
  constexpr int kChannels = 16;
  if (g.batch == 0) {
    std::fill_n(dbias, g.outChannels(), 0.0f);
    return;
  }
  const TensorView<const float> view = viewY(g, dy);
  for (int first = 0; first < g.outChannels(); first += kChannels) {
    const int channels = std::min(kChannels, g.outChannels() - first);
    double sums[kChannels] = {};
    for (int image = 0; image < g.batch; ++image) {
      for (int row = 0; row < g.height.out; ++row) {
        const float* const pixels = view.pixel(image, row, 0);
        const auto add = [&](int column, int channel) {
          sums[channel] += pixels[column * view.columnStride + (first + channel) * view.channelStride];
        };
        if (view.channelsAreAdjacent()) {
          for (int column = 0; column < g.width.out; ++column) {
            for (int channel = 0; channel < channels; ++channel) add(column, channel);
          }
        } else {
          for (int channel = 0; channel < channels; ++channel) {
            for (int column = 0; column < g.width.out; ++column) add(column, channel);
          }
        }
      }
    }
    for (int channel = 0; channel < channels; ++channel) dbias[first + channel] = static_cast<float>(sums[channel]);
  }
}

}  // namespace depthwise
