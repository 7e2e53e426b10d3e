#include "dense/nchw.h"

#include <algorithm>

#include "simd/transpose.h"

namespace depthwise {
namespace {

/// Floats of all copies together.
constexpr int64_t kMaxCopiedFloats = 1 << 20;
/// Columns that are transposed at a time: a cache line.
constexpr int kColumns = 16;

/// Computes to[column][row] = from[row][column].
void transpose(const float* from, int rows, int columns, float* to) {
  forEachRange(columns, kColumns, [&](IndexRange range) {
    for (int row = 0; row < rows; row += 4) {
      for (int i = 0; i < range.count; i += 4) {
        const int column = range.first + i;
        const float* const corner = from + ptrdiff_t{row} * columns + column;
        float* const toCorner = to + ptrdiff_t{column} * rows + row;
        if (rows - row >= 4 && range.count - i >= 4) {
          transpose4x4(corner, columns, toCorner, rows);
          continue;
        }
        for (int r = 0; r < std::min(4, rows - row); ++r) {
          for (int c = 0; c < std::min(4, range.count - i); ++c) {
            toCorner[ptrdiff_t{c} * rows + r] = corner[ptrdiff_t{r} * columns + c];
          }
        }
      }
    }
  });
}

}  // namespace

int imagesAtATime(const DenseGeometry& g) {
  if (g.layout == Layout::kNhwc) return g.batch;
  const int64_t imageSize = (elementCount(g.xShape()) + elementCount(g.yShape())) / g.batch;
  return static_cast<int>(std::clamp<int64_t>(kMaxCopiedFloats / imageSize, 1, g.batch));
}

NhwcImages::NhwcImages(Layout layout, const Shape& shape, int maxImages)
    : isCopied_(layout == Layout::kNchw),
      pixels_(static_cast<int>(isCopied_ ? shape[2] * shape[3] : shape[1] * shape[2])),
      channels_(static_cast<int>(isCopied_ ? shape[1] : shape[3])),
      imageSize_(static_cast<ptrdiff_t>(shape[1] * shape[2] * shape[3])),
      copy_(isCopied_ ? int64_t{imageSize_} * maxImages : 0) {}

const float* NhwcImages::read(const float* tensor, IndexRange images) {
  const float* const first = tensor + images.first * imageSize_;
  if (!isCopied_) return first;
  for (int i = 0; i < images.count; ++i) {
    transpose(first + i * imageSize_, channels_, pixels_, copy_.data() + i * imageSize_);
  }
  return copy_.data();
}

float* NhwcImages::memoryFor(float* tensor, IndexRange images) {
  return isCopied_ ? copy_.data() : tensor + images.first * imageSize_;
}

void NhwcImages::write(float* tensor, IndexRange images) const {
  if (!isCopied_) return;
  for (int i = 0; i < images.count; ++i) {
    transpose(copy_.data() + i * imageSize_, pixels_, channels_, tensor + (images.first + i) * imageSize_);
  }
}

}  // namespace depthwise
