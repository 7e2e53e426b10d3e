#include <algorithm>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/packing.h"

namespace depthwise {
namespace {

/// Of dx or of dy, that are worked on at once: a packed tap is 256 KB.
constexpr int32_t kChannelsAtOnce = 256;
/// Outputs that are worked on before the filter is packed anew: enough that packing takes little time, few enough that
/// their part of dx stays in the second-level cache from tap to tap.
constexpr int32_t kOutputsAtOnce = 1024;
/// Outputs that meet a panel of the filter while they are in the first-level cache, at most 32 KB of dy.
constexpr int32_t kBlockOutputs = 32;

/// Outputs in a row that read adjacent inputs or ones a stride apart, and the first that is read.
struct RowPiece {
  const float* dy;
  float* dx;
  int32_t outputs;
};

class InputGradient {
 public:
  InputGradient(const DenseGeometry& g, const float* dy, const float* filter, float* dx)
      : g_(g),
        dy_(dy),
        filter_(filter),
        dx_(dx),
        inStep_(static_cast<size_t>(g.inChannels)),
        outStep_(static_cast<size_t>(g.outChannels)),
        pixelwise_(isPixelwise(g)),
        packed_(panelFloats(std::min(g.outChannels, kChannelsAtOnce), std::min(g.inChannels, kChannelsAtOnce))) {}

  Status status() const { return packed_.status(); }

  void run() {
    if (!pixelwise_) std::fill_n(dx_, elementCount(g_.xShape()), 0.0f);
    const int32_t rows = g_.batch * g_.height.out, rowsAtOnce = std::max(1, kOutputsAtOnce / g_.width.out);
    for (int32_t row = 0; row < rows; row += std::min(rowsAtOnce, rows - row)) {
      addRows(row, std::min(rowsAtOnce, rows - row));
    }
  }

 private:
  /// Rows of outputs, counted through all images.
  void addRows(int32_t rowFirst, int32_t rowCount) {
    for (int32_t out = 0; out < g_.outChannels; out += std::min(kChannelsAtOnce, g_.outChannels - out)) {
      outFirst_ = out;
      outCount_ = std::min(kChannelsAtOnce, g_.outChannels - out);
      for (int32_t in = 0; in < g_.inChannels; in += std::min(kChannelsAtOnce, g_.inChannels - in)) {
        inFirst_ = in;
        inCount_ = std::min(kChannelsAtOnce, g_.inChannels - in);
        for (int32_t p = 0; p < g_.height.taps; ++p) {
          for (int32_t q = 0; q < g_.width.taps; ++q) addTap(p, q, rowFirst, rowCount);
        }
      }
    }
  }

  void addTap(int32_t p, int32_t q, int32_t rowFirst, int32_t rowCount) {
    const TapRange rows(g_.height, p), columns(g_.width, q);
    const int32_t outputs = columns.end - columns.first;
    if (outputs == 0) return;
    const size_t tap = static_cast<size_t>(p) * g_.width.taps + q;
    packTransposed(filter_ + (tap * inStep_ + inFirst_) * outStep_ + outFirst_, outStep_, outCount_, inCount_,
                   packed_.data());
    for (int32_t row = rowFirst; row < rowFirst + rowCount; ++row) {
      const int32_t image = row / g_.height.out, i = row % g_.height.out;
      if (i < rows.first || i >= rows.end) continue;
      const size_t dyFirst = static_cast<size_t>(row) * g_.width.out + columns.first;
      const size_t dxRow = static_cast<size_t>(image) * g_.height.in + inputOf(g_.height, i, p);
      const size_t dxFirst = dxRow * g_.width.in + inputOf(g_.width, columns.first, q);
      addPiece({dy_ + dyFirst * outStep_ + outFirst_, dx_ + dxFirst * inStep_ + inFirst_, outputs});
    }
  }

  void addPiece(RowPiece piece) {
    const TermRun all{0, 0, outCount_};
    const bool add = !pixelwise_ || outFirst_ > 0;
    const size_t dxStep = static_cast<size_t>(g_.width.stride) * inStep_;
    while (piece.outputs > 0) {
      const int32_t outputs = std::min(kBlockOutputs, piece.outputs);
      const LeftOperand left{piece.dy, outStep_, kTileRows * outStep_};
      RightOperand right{packed_.data(), kTileColumns};
      for (int32_t in = 0; in < inCount_; in += kTileColumns) {
        const int columns = std::min(kTileColumns, inCount_ - in);
        multiplyPanel<LeftOrder::kTermsAdjacent>(left, right, {&all, 1},
                                                 {piece.dx + in, dxStep, outputs, columns, add});
        right.first += panelFloats(outCount_, kTileColumns);
      }
      piece.dy += outputs * outStep_;
      piece.dx += outputs * dxStep;
      piece.outputs -= outputs;
    }
  }

  const DenseGeometry g_;
  const float *const dy_, *const filter_;
  float* const dx_;
  const size_t inStep_, outStep_;
  const bool pixelwise_;
  Buffer<float> packed_;
  int32_t outFirst_ = 0, outCount_ = 0, inFirst_ = 0, inCount_ = 0;
};

}  // namespace

Status conv2dInputGradient(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  if (g.batch == 0) return {};
  InputGradient gradient(inLongRows(g), dy, filter, dx);
  if (const Status status = gradient.status(); !status) return status;
  gradient.run();
  return {};
}

}  // namespace depthwise
