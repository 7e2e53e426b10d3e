#include "dense/correlation.h"

#include <algorithm>

#include "cache_assumptions.h"
#include "dense/matrix_vector.h"
#include "dense/packing.h"
#include "dense/pixel_tile.h"
#include "nn/activation.h"
#include "parallel/parallel.h"

/// A correlation as a matrix product: rows are output pixels, columns are output channels, terms are the taps and input
/// channels. A tile sums all terms in registers and writes each output once.
///
/// The loops, from outside to inside:
///     compute         groups of channels, whose filter is packed; then rectangles of outputs that have the same taps
///                     inside the image, in all images
///     computeOutputs  lists of pixels of the rectangles, which threads may compute
///     computeList     panels of output channels; at the end the activation
///     computeTiles    4 × 8 sums in registers (pixel_tile.h)
///
/// For a few pixels the filter is not packed, and addVectorProducts (matrix_vector.h) replaces computeTiles.
namespace depthwise {
namespace {

/// A filter of at most this many floats is read before it is packed. With larger filters, this takes longer.
constexpr int64_t kMaxReadFloats = 1 << 19;
/// Rows of x with fewer channels are so close in memory that CPUs read them ahead.
constexpr int kMinReadChannels = 96;

/// Reads a float from each cache line. Memory that is read in its order arrives in the cache sooner.
void readLines(const float* from, ptrdiff_t count) {
  constexpr ptrdiff_t kLineFloats = kCacheLine / sizeof(float);
  for (ptrdiff_t i = 0; i < count; i += kLineFloats) static_cast<void>(*static_cast<const volatile float*>(from + i));
}

/// Returns the taps of an output that are inside the image.
IndexRange tapsInside(const Axis& axis, int output) {
  const int64_t start = int64_t{output} * axis.stride - axis.padBefore;
  const int64_t first = start >= 0 ? 0 : (-start + axis.dilation - 1) / axis.dilation;
  const int64_t lastOffset = axis.in - 1 - start;
  const int64_t end = lastOffset < 0 ? 0 : lastOffset / axis.dilation + 1;
  const int clippedFirst = static_cast<int>(std::min<int64_t>(first, axis.taps));
  return {clippedFirst, static_cast<int>(std::clamp<int64_t>(end, clippedFirst, axis.taps)) - clippedFirst};
}

/// Returns the end of the outputs from `first` that have the same taps inside the image. Not inlined: the copies take
/// 0.1 KB of the wasm, gzipped.
[[gnu::noinline]] int endOfTapRange(const Axis& axis, int first) {
  int end = axis.out;
  for (int tap = 0; tap < axis.taps; ++tap) {
    const OutputRange inside = outputsInside(axis, tap);
    if (inside.first > first) end = std::min(end, inside.first);
    if (inside.end > first) end = std::min(end, inside.end);
  }
  return end;
}

/// Calls visit(outputs, taps) for ranges of adjacent outputs that have the same taps inside the image.
template <class Visit>
void forEachTapRange(const Axis& axis, Visit&& visit) {
  for (int first = 0; first < axis.out;) {
    const int end = endOfTapRange(axis, first);
    visit(IndexRange{first, end - first}, tapsInside(axis, first));
    first = end;
  }
}

}  // namespace

DenseCorrelation forwardCorrelation(const DenseGeometry& g) {
  return {.images = g.batch,
          .xChannels = g.inChannels,
          .yChannels = g.outChannels,
          .height = {.axis = g.height},
          .width = {.axis = g.width},
          .yHeight = g.height.out,
          .yWidth = g.width.out,
          .filterHeight = g.height.taps,
          .filterWidth = g.width.taps,
          .isTransposed = false};
}

bool Correlator::isPackingFaster(const DenseCorrelation& c) {
  ptrdiff_t pixels = 0, tiles = 0;
  forEachTapRange(c.height.axis, [&](IndexRange rows, IndexRange) {
    forEachTapRange(c.width.axis, [&](IndexRange columns, IndexRange) {
      const ptrdiff_t count = ptrdiff_t{c.images} * rows.count * columns.count;
      pixels += count;
      tiles += (count + kTileRows - 1) / kTileRows;
    });
  });
  return pixels > 2 * tiles;
}

Correlator::Correlator(const DenseCorrelation& c, IndexRange channels, int maxTaps, bool packs, const float* filter,
                       const Epilogue& epilogue, const float* factors)
    : packs_(packs),
      filter_(filter),
      factors_(factors),
      epilogue_(epilogue),
      channels_(channels),
      groupChannels_(std::min(channels.count, std::max(kMinChannels, assumed.secondLevelFloats / kTileColumns /
                                                                         (maxTaps * c.xChannels) * kTileColumns))),
      segments_(maxTaps),
      packedFilter_(packs_ ? packedFloats(maxTaps * c.xChannels, groupChannels_) : 0) {
  // Packing reads parts of rows. If the filter is not in the cache, packing takes 0.6 times as long after it was read
  // in the order in which it is in memory.
  const int64_t size = int64_t{c.filterHeight} * c.filterWidth * c.xChannels * c.yChannels;
  if (!packs_ || size > kMaxReadFloats) return;
  const ptrdiff_t ofChannel = c.isTransposed ? c.xChannels : 1;
  for (ptrdiff_t i = channels.first * ofChannel; i < size; i += ofChannel * c.yChannels) {
    readLines(filter_ + i, channels.count * ofChannel);
  }
}

void Correlator::compute(const DenseCorrelation& c, const float* x, float* y) {
  c_ = c;
  terms_ = c.height.axis.taps * c.width.axis.taps * c.xChannels;
  x_ = x;
  y_ = y;
  forEachRange(channels_.count, groupChannels_, [&](IndexRange channels) {
    channels.first += channels_.first;
    if (packs_) packFilter(channels);
    forEachTapRange(c_.height.axis, [&](IndexRange rows, IndexRange p) {
      forEachTapRange(c_.width.axis, [&](IndexRange columns, IndexRange q) {
        computeOutputs({rows, columns, p.first, q.first}, prepareSegments(p, q), channels);
      });
    });
  });
}

void Correlator::packFilter(IndexRange channels) {
  float* packed = packedFilter_.data();
  if (!c_.isTransposed) {
    return packRight(filter_ + channels.first, c_.yChannels, terms_, channels.count, packed,
                     factors_ ? factors_ + channels.first : nullptr);
  }
  const CorrelationAxis &height = c_.height, &width = c_.width;
  for (int p = 0; p < height.axis.taps; ++p) {
    for (int q = 0; q < width.axis.taps; ++q) {
      const ptrdiff_t tap =
          ptrdiff_t{height.firstTap + p * height.tapStep} * c_.filterWidth + (width.firstTap + q * width.tapStep);
      packRightTransposed(filter_ + (tap * c_.yChannels + channels.first) * c_.xChannels, c_.xChannels, c_.xChannels,
                          channels.count, packed, packedSize(terms_, kTileColumns));
      packed += packedSize(c_.xChannels, kTileColumns);
    }
  }
}

/// Returns the terms of taps, relative to the input of the first tap.
TermSegments Correlator::prepareSegments(IndexRange p, IndexRange q) {
  const Axis &height = c_.height.axis, &width = c_.width.axis;
  const int step = width.dilation == 1 ? q.count : 1;  // taps that read adjacent pixels are one segment
  size_t count = 0;
  for (int row = 0; row < p.count; ++row) {
    for (int column = 0; column < q.count; column += step) {
      const ptrdiff_t xPixel = ptrdiff_t{row} * height.dilation * width.in + ptrdiff_t{column} * width.dilation;
      const ptrdiff_t tap = ptrdiff_t{p.first + row} * width.taps + q.first + column;
      segments_[count++] = {.left = xPixel * c_.xChannels,
                            .right = tap * c_.xChannels * (packs_ ? kTileColumns : c_.yChannels),
                            .count = step * c_.xChannels};
    }
  }
  return {segments_.data(), count};
}

/// The offsets of the pixels of a list in x and y, see PixelList.
struct Correlator::OffsetList {
  ptrdiff_t x[kMaxPixels], y[kMaxPixels];
  int count = 0;
};

/// Computes the outputs of a rectangle.
void Correlator::computeOutputs(const Rectangle& outputs, const TermSegments& segments, IndexRange channels) const {
  const ptrdiff_t pixels = ptrdiff_t{c_.images} * outputs.rows.count * outputs.columns.count;
  const Work work = workOfFlops(2.0 * static_cast<double>(pixels) * terms_ * channels.count);
  static_cast<void>(parallelFor(pixels, kMaxPixels, work, [&](ptrdiff_t first, ptrdiff_t end) {
    computeLists(outputs, segments, channels, first, end);
    return Status{};
  }));
}

/// Computes pixels of a rectangle, which are numbered row by row through all images.
void Correlator::computeLists(const Rectangle& outputs, const TermSegments& segments, IndexRange channels,
                              ptrdiff_t firstPixel, ptrdiff_t endPixel) const {
  const Axis &height = c_.height.axis, &width = c_.width.axis;
  const auto& [rows, columns, p, q] = outputs;
  const ptrdiff_t xStep = ptrdiff_t{width.stride} * c_.xChannels, yStep = ptrdiff_t{c_.width.outStep} * c_.yChannels;
  OffsetList list;
  auto row = static_cast<int>(firstPixel / columns.count), column = static_cast<int>(firstPixel % columns.count);
  for (ptrdiff_t pixel = firstPixel; pixel < endPixel; ++row, column = 0) {
    const int image = row / rows.count, i = rows.first + row % rows.count, j = columns.first + column;
    const ptrdiff_t xRow = (ptrdiff_t{image} * height.in + inputIndex(height, i, p)) * width.in;
    const ptrdiff_t yRow = (ptrdiff_t{image} * c_.yHeight + c_.height.position(i)) * c_.yWidth;
    ptrdiff_t xOffset = (xRow + inputIndex(width, j, q)) * c_.xChannels;
    ptrdiff_t yOffset = (yRow + c_.width.position(j)) * c_.yChannels;
    for (; column < columns.count && pixel < endPixel; ++column, ++pixel) {
      list.x[list.count] = xOffset;
      list.y[list.count] = yOffset;
      xOffset += xStep;
      yOffset += yStep;
      if (++list.count < kMaxPixels) continue;
      computeList(list, segments, channels);
      list.count = 0;
    }
  }
  if (list.count > 0) computeList(list, segments, channels);
}

/// Computes the pixels of a list one by one.
void Correlator::computePixels(const OffsetList& list, const TermSegments& segments, IndexRange channels) const {
  const Epilogue epilogue = epilogueOf(channels);
  for (int pixel = 0; pixel < list.count; ++pixel) {
    float* const y = y_ + list.y[pixel] + channels.first;
    std::fill_n(y, channels.count, 0.0f);
    for (const TermSegment& segment : segments) {
      addVectorProducts(x_ + list.x[pixel] + segment.left, 1, filter_ + segment.right + channels.first, c_.yChannels,
                        segment.count, channels.count, y);
    }
    for (int i = 0; factors_ && i < channels.count; ++i) y[i] *= factors_[channels.first + i];
    applyEpilogue(epilogue, y, 0, 1, channels.count);
  }
}

/// Computes the pixels of a list.
void Correlator::computeList(OffsetList& list, const TermSegments& segments, IndexRange channels) const {
  if (!packs_) return computePixels(list, segments, channels);
  const int count = list.count;
  // The tiles of the first panel read four pixels at a time, a few terms of each. If x is not in the cache and is
  // read first, the convolution takes 0.7 to 0.95 times as long.
  const bool readsX = channels.first == channels_.first && c_.xChannels >= kMinReadChannels && terms_ == c_.xChannels;
  if (readsX && !segments.empty()) {
    for (int pixel = 0; pixel < count; ++pixel) readLines(x_ + list.x[pixel], terms_);
  }
  const PixelList pixels{.x = list.x, .y = list.y, .count = count};
  for (int pixel = count; pixel < kMaxPixels && pixel % kTileRows != 0; ++pixel) {  // g++ needs the first condition
    list.x[pixel] = list.x[count - 1];
    list.y[pixel] = list.y[count - 1];
  }
  // Limits are applied by computeTiles, other activations afterwards.
  const Activation activation = epilogue_.elementwise();
  const Limits* const limits = limitsOf(activation);
  const float* filter = packedFilter_.data();
  forEachRange(channels.count, kTileColumns, [&](IndexRange range) {
    const int first = channels.first + range.first;
    float bias[kTileColumns] = {};  // the last panel may be narrower
    if (epilogue_.bias) std::copy_n(epilogue_.bias + first, range.count, bias);
    computeTiles(x_, pixels, segments,
                 {.filter = filter,
                  .bias = epilogue_.bias ? bias : nullptr,
                  .limits = activation == Activation::kLinear ? nullptr : limits,
                  .count = range.count},
                 y_ + first);
    filter += packedSize(terms_, kTileColumns);
  });
  if (limits) return;
  Epilogue rest = epilogueOf(channels);
  rest.bias = nullptr;  // computeTiles added it
  for (int pixel = 0; pixel < count; ++pixel) {
    applyEpilogue(rest, y_ + list.y[pixel] + channels.first, 0, 1, channels.count);
  }
}

/// Returns the epilogue of a range of channels.
Epilogue Correlator::epilogueOf(IndexRange channels) const {
  Epilogue part = epilogue_;
  if (part.bias) part.bias += channels.first;
  if (part.preluAlpha) part.preluAlpha += channels.first;
  return part;
}

}  // namespace depthwise
