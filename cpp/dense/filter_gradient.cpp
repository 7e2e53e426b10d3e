#include <algorithm>
#include <cmath>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/packing.h"

namespace depthwise {
namespace {

/// The terms that a tile sums in registers: long enough that reading and writing its sums takes little time, and as
/// many as let a panel of each operand stay in the first-level cache.
constexpr int kBlockPixels = 128;
/// Of x or of dy, that are worked on at once: packed, a block is 128 KB of each.
constexpr int32_t kChannelsAtOnce = 256;
/// Sums of the second step: 1 MB.
constexpr int64_t kSumsAtOnce = int64_t{1} << 18;
/// Fewer blocks than this are not worth a second step.
constexpr int64_t kLeastBlocks = 64;
/// A block whose pixels are this close together is in the first-level cache as it is.
constexpr int64_t kMostUnpackedStep = 64;

/// Adjacent elements of some dimension.
struct Part {
  int32_t first, count;
};

/// Calls `visit` for parts of at most `most` elements.
template <class Visit>
void forEachPart(int32_t size, int32_t most, Visit&& visit) {
  for (int32_t first = 0; first < size; first += std::min(most, size - first)) {
    visit(Part{first, std::min(most, size - first)});
  }
}

/// Outputs of a block that are in the same row.
struct RowPiece {
  int32_t image, row, column, count;
  int32_t at;  ///< how many pixels of the block come before
};

/// The outputs of all images in order, a block at a time.
class PixelBlock {
 public:
  PixelBlock(const DenseGeometry& g, int64_t number) : first_(number * kBlockPixels) {
    const int64_t pixels = int64_t{g.batch} * g.height.out * g.width.out;
    count_ = static_cast<int32_t>(std::min<int64_t>(kBlockPixels, pixels - first_));
    int32_t row = static_cast<int32_t>(first_) / g.width.out, column = static_cast<int32_t>(first_) % g.width.out;
    for (int32_t at = 0; at < count_; ++row, column = 0) {
      const int32_t count = std::min(count_ - at, g.width.out - column);
      pieces_[pieceCount_++] = {row / g.height.out, row % g.height.out, column, count, at};
      at += count;
    }
  }

  static int64_t numberOf(const DenseGeometry& g) {
    return (int64_t{g.batch} * g.height.out * g.width.out + kBlockPixels - 1) / kBlockPixels;
  }

  size_t first() const { return static_cast<size_t>(first_); }
  int32_t count() const { return count_; }
  const RowPiece* begin() const { return pieces_; }
  const RowPiece* end() const { return pieces_ + pieceCount_; }

 private:
  int64_t first_;
  int32_t count_;
  int pieceCount_ = 0;
  RowPiece pieces_[kBlockPixels];
};

/// The part of dfilter that is worked on.
struct FilterPart {
  Part taps, in, out;
};

/// Where sums of a part of dfilter are added.
struct SumsTarget {
  float* first;
  size_t tapStep, inStep;
};

class FilterGradient {
 public:
  FilterGradient(const DenseGeometry& g, const float* x, const float* dy)
      : g_(g),
        x_(x),
        dy_(dy),
        taps_(g.height.taps * g.width.taps),
        inStep_(static_cast<size_t>(g.inChannels)),
        outStep_(static_cast<size_t>(g.outChannels)),
        blocks_(PixelBlock::numberOf(g)),
        blocksAtOnce_(std::max(kLeastBlocks, static_cast<int64_t>(std::sqrt(static_cast<double>(blocks_))))),
        packsX_(int64_t{g.width.stride} * g.inChannels > kMostUnpackedStep),
        packsDy_(g.outChannels > kMostUnpackedStep || g.outChannels % 4 != 0),
        inAtOnce_(std::min(g.inChannels, kChannelsAtOnce)),
        outAtOnce_(std::min(g.outChannels, kChannelsAtOnce)),
        tapsAtOnce_(static_cast<int32_t>(std::min<int64_t>(taps_, kSumsAtOnce / (int64_t{inAtOnce_} * outAtOnce_)))),
        xPacked_(packsX_ ? panelFloats(kBlockPixels, inAtOnce_) : 0),
        dyPacked_(packsDy_ ? panelFloats(kBlockPixels, outAtOnce_) : 0),
        sums_(blocks_ > blocksAtOnce_ ? static_cast<uint64_t>(tapsAtOnce_) * inAtOnce_ * outAtOnce_ : 0) {}

  Status status() const {
    for (const Status status : {xPacked_.status(), dyPacked_.status(), sums_.status()}) {
      if (!status) return status;
    }
    return {};
  }

  void addTo(float* dfilter) {
    forEachPart(g_.inChannels, inAtOnce_, [&](Part in) {
      forEachPart(g_.outChannels, outAtOnce_, [&](Part out) {
        forEachPart(taps_, tapsAtOnce_, [&](Part taps) {
          float* const first = dfilter + (taps.first * inStep_ + in.first) * outStep_ + out.first;
          addPart({taps, in, out}, {first, inStep_ * outStep_, outStep_});
        });
      });
    });
  }

 private:
  void addPart(const FilterPart& part, const SumsTarget& dfilter) {
    if (blocks_ <= blocksAtOnce_) {
      for (int64_t block = 0; block < blocks_; ++block) addBlock(part, block, dfilter);
      return;
    }
    const size_t rowStep = static_cast<size_t>(part.out.count), tapStep = rowStep * part.in.count;
    for (int64_t block = 0; block < blocks_;) {
      std::fill_n(sums_.data(), tapStep * part.taps.count, 0.0f);
      const int64_t end = std::min(block + blocksAtOnce_, blocks_);
      for (; block < end; ++block) addBlock(part, block, {sums_.data(), tapStep, rowStep});
      const float* from = sums_.data();
      for (int32_t tap = 0; tap < part.taps.count; ++tap) {
        for (int32_t in = 0; in < part.in.count; ++in, from += rowStep) {
          float* const to = dfilter.first + tap * dfilter.tapStep + in * dfilter.inStep;
          for (int32_t out = 0; out < part.out.count; ++out) to[out] += from[out];
        }
      }
    }
  }

  void addBlock(const FilterPart& part, int64_t number, const SumsTarget& target) {
    const PixelBlock block(g_, number);
    const float* const dyFirst = dy_ + block.first() * outStep_ + part.out.first;
    if (packsDy_) packPanels(dyFirst, outStep_, block.count(), part.out.count, dyPacked_.data());
    const size_t dyStep = packsDy_ ? kTileColumns : outStep_;
    const size_t dyPanelStep = packsDy_ ? panelFloats(block.count(), kTileColumns) : kTileColumns;
    for (int32_t tap = 0; tap < part.taps.count; ++tap) {
      const TermRuns runs = runsOf(part.taps.first + tap, part.in, block, dyStep);
      if (runs.count == 0) continue;
      const LeftOperand left = packsX_ ? LeftOperand{xPacked_.data(), kTileRows, kTileRows * kBlockPixels}
                                       : LeftOperand{x_, xStep(), kTileRows};
      RightOperand right{packsDy_ ? dyPacked_.data() : dyFirst, dyStep};
      float* to = target.first + tap * target.tapStep;
      for (int32_t out = 0; out < part.out.count; out += kTileColumns) {
        const int columns = std::min(kTileColumns, part.out.count - out);
        multiplyPanel<LeftOrder::kRowsAdjacent>(left, right, runs, {to, target.inStep, part.in.count, columns, true});
        right.first += dyPanelStep;
        to += kTileColumns;
      }
    }
  }

  /// Floats from what an output reads to what the next in its row reads.
  size_t xStep() const { return static_cast<size_t>(g_.width.stride) * inStep_; }

  /// The pixels of a block for which a tap is inside, and what they read, packed where it has to be.
  TermRuns runsOf(int32_t tap, Part in, const PixelBlock& block, size_t dyStep) {
    const int32_t tapRow = tap / g_.width.taps, tapColumn = tap % g_.width.taps;
    const TapRange rows(g_.height, tapRow), columns(g_.width, tapColumn);
    int count = 0;
    int32_t packedEnd = -1;
    for (const RowPiece& piece : block) {
      if (piece.row < rows.first || piece.row >= rows.end) continue;
      const int32_t first = std::max(piece.column, columns.first);
      const int32_t pixels = std::min(piece.column + piece.count, columns.end) - first;
      if (pixels <= 0) continue;
      const int32_t at = piece.at + first - piece.column;
      const size_t xRow = static_cast<size_t>(piece.image) * g_.height.in + inputOf(g_.height, piece.row, tapRow);
      const size_t xFirst = (xRow * g_.width.in + inputOf(g_.width, first, tapColumn)) * inStep_ + in.first;
      if (!packsX_) {
        runs_[count++] = {xFirst, at * dyStep, pixels};
        continue;
      }
      packGroups(x_ + xFirst, xStep(), pixels, in.count, xPacked_.data() + at * kTileRows, kBlockPixels);
      if (at == packedEnd) {
        runs_[count - 1].count += pixels;
      } else {
        runs_[count++] = {static_cast<size_t>(at) * kTileRows, at * dyStep, pixels};
      }
      packedEnd = at + pixels;
    }
    return {runs_, count};
  }

  const DenseGeometry g_;
  const float *const x_, *const dy_;
  const int32_t taps_;
  const size_t inStep_, outStep_;
  const int64_t blocks_, blocksAtOnce_;
  const bool packsX_, packsDy_;
  const int32_t inAtOnce_, outAtOnce_, tapsAtOnce_;
  Buffer<float> xPacked_, dyPacked_, sums_;
  TermRun runs_[kBlockPixels];
};

}  // namespace

Status conv2dFilterGradient(const DenseGeometry& g, const float* x, const float* dy, float* dfilter) {
  float* const end = dfilter + elementCount(g.filterShape());
  if (g.batch == 0) {
    std::fill(dfilter, end, 0.0f);
    return {};
  }
  FilterGradient gradient(inLongRows(g), x, dy);
  if (const Status status = gradient.status(); !status) return status;
  std::fill(dfilter, end, 0.0f);
  gradient.addTo(dfilter);
  return {};
}

}  // namespace depthwise
