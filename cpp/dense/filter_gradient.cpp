#include <algorithm>
#include <cmath>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/nchw.h"
#include "dense/packing.h"
#include "parallel/parallel.h"

/// The filter gradient as matrix products. For each tap, dfilter[tap] += xᵀ · dy: rows are input channels, columns are
/// output channels, terms are output pixels.
///
/// The loops, from outside to inside:
///     addTo          tiles of dfilter: ranges of input channels, output channels and taps
///     addTile        groups of blocks; each group has its own sums, so that long sums stay accurate
///     addBlock       one block of output pixels: packs dy once, and x for each tap
///     multiplyPanel  4 × 8 sums in registers (matrix_tile.h)
namespace depthwise {
namespace {

/// Pixels per block. With more pixels, reading and writing the sums takes a smaller share of the time; with fewer, a
/// panel of each operand stays in the first-level cache.
constexpr int kBlockPixels = 128;
/// Channels of x or dy per tile: a packed block takes 128 KB of each.
constexpr int kMaxChannels = 256;
/// Channels that a thread computes, at least. With fewer, packing the other operand takes a large share of the time.
constexpr int kMinChannels = 64;
constexpr int kMinUnpackedChannels = 16;  ///< if the other operand is not packed
constexpr int kMinFewChannels = 8;        ///< if there are fewer than 32
/// Sums of a group of blocks: 1 MB.
constexpr int kMaxSums = 1 << 18;
/// Blocks per group, at least. Fewer blocks are added to dfilter directly.
constexpr int kMinGroupBlocks = 64;
/// If adjacent terms are at most this many floats apart, an unpacked block stays in the first-level cache. Each tap
/// reads the block of dy: with 64 channels, packing it takes 0.87 to 1.04 times as long, with 32 up to 1.1 times.
constexpr ptrdiff_t kMaxUnpackedX = 64, kMaxUnpackedDy = 32;

/// Outputs of a block that are in one row.
struct RowSegment {
  int image, row, column, count;
  int offset;  ///< pixels of the block before the segment
};

/// Block `index` of the outputs of all images, which are numbered row by row.
class PixelBlock {
 public:
  PixelBlock(const DenseGeometry& g, int index) : first_(index * kBlockPixels) {
    count_ = std::min(kBlockPixels, pixelsOf(g) - first_);
    int row = first_ / g.width.out, column = first_ % g.width.out;
    for (int offset = 0; offset < count_; ++row, column = 0) {
      const int count = std::min(count_ - offset, g.width.out - column);
      segments_[segmentCount_++] = {
          .image = row / g.height.out, .row = row % g.height.out, .column = column, .count = count, .offset = offset};
      offset += count;
    }
  }

  static int countOf(const DenseGeometry& g) { return (pixelsOf(g) + kBlockPixels - 1) / kBlockPixels; }

  int first() const { return first_; }
  int count() const { return count_; }
  const RowSegment* begin() const { return segments_; }
  const RowSegment* end() const { return segments_ + segmentCount_; }

 private:
  static int pixelsOf(const DenseGeometry& g) { return g.batch * g.height.out * g.width.out; }  // ≤ kMaxElements

  int first_, count_;
  int segmentCount_ = 0;
  RowSegment segments_[kBlockPixels];
};

/// A tile of dfilter.
struct FilterTile {
  IndexRange taps, in, out;
};

/// The memory to which the sums of a tile are added. Output channels are adjacent.
struct TileSums {
  float* data;
  ptrdiff_t tapStride, inStride;
};

/// A part of the gradient.
class FilterGradient {
 public:
  FilterGradient(const DenseGeometry& g, const FilterTile& part)
      : g_(g),
        part_(part),
        xStride_(xStride(g)),
        packsX_(packsX(g)),
        packsDy_(packsDy(g)),
        maxIn_(std::min(part.in.count, kMaxChannels)),
        maxOut_(std::min(part.out.count, kMaxChannels)),
        maxTaps_(std::min(part.taps.count, kMaxSums / (maxIn_ * maxOut_))),
        xPacked_(packsX_ ? packedSize(kBlockPixels, maxIn_) : 0),
        dyPacked_(packsDy_ ? packedSize(kBlockPixels, maxOut_) : 0),
        groupSums_(PixelBlock::countOf(g) > kMinGroupBlocks ? int64_t{maxTaps_} * maxIn_ * maxOut_ : 0) {}

  static bool packsX(const DenseGeometry& g) { return xStride(g) > kMaxUnpackedX; }
  static bool packsDy(const DenseGeometry& g) { return g.outChannels > kMaxUnpackedDy || g.outChannels % 4 != 0; }

  Status status() const {
    for (const Status status : {xPacked_.status(), dyPacked_.status(), groupSums_.status()}) {
      if (!status) return status;
    }
    return {};
  }

  void zero(float* dfilter) const {
    const auto& [taps, in, out] = part_;
    for (int tap = 0; tap < taps.count; ++tap) {
      const ptrdiff_t row = ptrdiff_t{taps.first + tap} * g_.inChannels + in.first;
      for (int i = 0; i < in.count; ++i) std::fill_n(dfilter + (row + i) * g_.outChannels + out.first, out.count, 0.0f);
    }
  }

  /// Adds the gradient of a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void addTo(float* dfilter, const DenseGeometry& g, const float* x, const float* dy) {
    g_ = g;
    x_ = x;
    dy_ = dy;
    blocks_ = PixelBlock::countOf(g);
    groupBlocks_ = std::max(kMinGroupBlocks, static_cast<int>(std::sqrt(static_cast<double>(blocks_))));
    const ptrdiff_t inStride = g_.outChannels, tapStride = g_.inChannels * inStride;
    forEachRange(part_.in.count, maxIn_, [&](IndexRange in) {
      in.first += part_.in.first;
      forEachRange(part_.out.count, maxOut_, [&](IndexRange out) {
        out.first += part_.out.first;
        forEachRange(part_.taps.count, maxTaps_, [&](IndexRange taps) {
          taps.first += part_.taps.first;
          float* const first = dfilter + taps.first * tapStride + in.first * inStride + out.first;
          addTile({.taps = taps, .in = in, .out = out}, {.data = first, .tapStride = tapStride, .inStride = inStride});
        });
      });
    });
  }

 private:
  /// Returns the floats between the inputs of adjacent outputs. If the stride is longer than the row, a tap is inside
  /// the image for one output of a row at most.
  static ptrdiff_t xStride(const DenseGeometry& g) {
    return ptrdiff_t{std::min(g.width.stride, g.width.in)} * g.inChannels;
  }

  void addTile(const FilterTile& tile, const TileSums& dfilter) {
    if (blocks_ <= groupBlocks_) {
      for (int block = 0; block < blocks_; ++block) addBlock(tile, block, dfilter);
      return;
    }
    const ptrdiff_t inStride = tile.out.count, tapStride = inStride * tile.in.count;
    const TileSums sums{.data = groupSums_.data(), .tapStride = tapStride, .inStride = inStride};
    forEachRange(blocks_, groupBlocks_, [&](IndexRange group) {
      std::fill_n(sums.data, tapStride * tile.taps.count, 0.0f);
      for (int i = 0; i < group.count; ++i) addBlock(tile, group.first + i, sums);
      addSums(tile, sums, dfilter);
    });
  }

  static void addSums(const FilterTile& tile, const TileSums& sums, const TileSums& dfilter) {
    for (int tap = 0; tap < tile.taps.count; ++tap) {
      for (int in = 0; in < tile.in.count; ++in) {
        const float* const from = sums.data + tap * sums.tapStride + in * sums.inStride;
        float* const to = dfilter.data + tap * dfilter.tapStride + in * dfilter.inStride;
        for (int out = 0; out < tile.out.count; ++out) to[out] += from[out];
      }
    }
  }

  void addBlock(const FilterTile& tile, int index, const TileSums& sums) {
    const PixelBlock block(g_, index);
    const float* const dyFirst = dy_ + ptrdiff_t{block.first()} * g_.outChannels + tile.out.first;
    if (packsDy_) packRight(dyFirst, g_.outChannels, block.count(), tile.out.count, dyPacked_.data());
    const ptrdiff_t dyStride = packsDy_ ? kTileColumns : g_.outChannels;
    const ptrdiff_t dyPanelStride = packsDy_ ? packedSize(block.count(), kTileColumns) : kTileColumns;
    const LeftOperand left =
        packsX_ ? LeftOperand{.data = xPacked_.data(), .stride = kTileRows, .groupStride = kTileRows * kBlockPixels}
                : LeftOperand{.data = x_, .stride = xStride_, .groupStride = kTileRows};
    for (int tap = 0; tap < tile.taps.count; ++tap) {
      const TermSegments segments = prepareTap(tile.taps.first + tap, tile.in, block, dyStride);
      if (segments.empty()) continue;
      RightOperand right{.data = packsDy_ ? dyPacked_.data() : dyFirst, .stride = dyStride};
      float* const tapSums = sums.data + tap * sums.tapStride;
      for (int out = 0; out < tile.out.count; out += kTileColumns) {
        multiplyPanel(left, right, segments,
                      {.data = tapSums + out,
                       .rowStride = sums.inStride,
                       .rows = tile.in.count,
                       .columns = std::min(kTileColumns, tile.out.count - out),
                       .accumulate = true});
        right.data += dyPanelStride;
      }
    }
  }

  /// Returns the pixels of a block for which a tap is inside the image, as segments of terms. Packs the inputs that
  /// they read, if necessary.
  TermSegments prepareTap(int tap, IndexRange in, const PixelBlock& block, ptrdiff_t dyStride) {
    const int p = tap / g_.width.taps, q = tap % g_.width.taps;
    const OutputRange insideRows = outputsInside(g_.height, p), insideColumns = outputsInside(g_.width, q);
    size_t count = 0;
    int packedEnd = -1;
    for (const RowSegment& segment : block) {
      if (segment.row < insideRows.first || segment.row >= insideRows.end) continue;
      const int first = std::max(segment.column, insideColumns.first);
      const int pixels = std::min(segment.column + segment.count, insideColumns.end) - first;
      if (pixels <= 0) continue;
      const int offset = segment.offset + first - segment.column;
      const ptrdiff_t xRow = ptrdiff_t{segment.image} * g_.height.in + inputIndex(g_.height, segment.row, p);
      const ptrdiff_t xPixel = xRow * g_.width.in + inputIndex(g_.width, first, q);
      const ptrdiff_t xFirst = xPixel * g_.inChannels + in.first;
      if (!packsX_) {
        segments_[count++] = {.left = xFirst, .right = offset * dyStride, .count = pixels};
        continue;
      }
      packLeft(x_ + xFirst, xStride_, pixels, in.count, xPacked_.data() + offset * kTileRows, kTileRows * kBlockPixels);
      if (offset == packedEnd) {
        segments_[count - 1].count += pixels;
      } else {
        segments_[count++] = {.left = offset * kTileRows, .right = offset * dyStride, .count = pixels};
      }
      packedEnd = offset + pixels;
    }
    return {segments_, count};
  }

  DenseGeometry g_;  ///< of the images that are computed
  const FilterTile part_;
  const float *x_ = nullptr, *dy_ = nullptr;
  const ptrdiff_t xStride_;
  int blocks_ = 0, groupBlocks_ = 0;
  const bool packsX_, packsDy_;
  const int maxIn_, maxOut_, maxTaps_;  ///< sizes of a tile
  Buffer<float> xPacked_, dyPacked_, groupSums_;
  TermSegment segments_[kBlockPixels];
};

}  // namespace

Status conv2dFilterGradient(const DenseGeometry& g, const float* x, const float* dy, float* dfilter) {
  const int64_t size = elementCount(g.filterShape());
  if (g.batch == 0) {
    std::fill_n(dfilter, size, 0.0f);
    return {};
  }
  const int images = imagesAtATime(g);
  NhwcImages xImages(g.layout, g.xShape(), images), dyImages(g.layout, g.yShape(), images);
  for (const Status status : {xImages.status(), dyImages.status()}) {
    if (!status) return status;
  }
  // Threads compute ranges of taps, if no operand is packed, or ranges of channels of one operand, and each packs the
  // other operand itself, if it is packed.
  const FilterTile all{.taps = {0, g.height.taps * g.width.taps}, .in = {0, g.inChannels}, .out = {0, g.outChannels}};
  const bool packsX = FilterGradient::packsX(g), packsDy = FilterGradient::packsDy(g);
  const bool dividesTaps = !packsX && !packsDy && all.taps.count > 1;
  const bool dividesIn = packsX && (!packsDy || g.inChannels >= g.outChannels);
  const bool packsOther = dividesIn ? packsDy : packsX;
  const int count = (dividesTaps ? all.taps : dividesIn ? all.in : all.out).count;
  // One thread copies NCHW images.
  const ptrdiff_t unit = g.layout == Layout::kNchw          ? count
                         : dividesTaps                      ? 1
                         : packsOther                       ? kMinChannels
                         : count < 2 * kMinUnpackedChannels ? kMinFewChannels
                                                            : kMinUnpackedChannels;
  return parallelFor(count, unit, workOf(g), [&](ptrdiff_t first, ptrdiff_t end) {
    FilterTile part = all;
    IndexRange& range = dividesTaps ? part.taps : dividesIn ? part.in : part.out;
    range = {static_cast<int>(first), static_cast<int>(end - first)};
    FilterGradient gradient(withImages(g, images), part);
    if (!gradient.status()) return gradient.status();
    gradient.zero(dfilter);
    forEachRange(g.batch, images, [&](IndexRange batch) {
      gradient.addTo(dfilter, withImages(g, batch.count), xImages.read(x, batch), dyImages.read(dy, batch));
    });
    return Status{};
  });
}

}  // namespace depthwise
