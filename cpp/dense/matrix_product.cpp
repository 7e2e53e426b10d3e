#include "dense/matrix_product.h"

#include <algorithm>

#include "cache_assumptions.h"
#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/matrix_vector.h"
#include "dense/packing.h"
#include "dense/pixel_tile.h"
#include "nn/activation.h"
#include "parallel/parallel.h"

/// Matrix products.
///
/// The loops, from outside to inside:
///     matrixProduct    products of a batch, or columns of one product, which threads may compute
///     compute          ranges of columns and of terms, for which b is packed; then blocks of rows
///     computeBlock     panels of columns, if a is not transposed
///       computeTiles     4 × 8 sums in registers (pixel_tile.h)
///     addTransposed    packs a block of a if necessary; then panels of columns
///       multiplyPanel    4 × 8 sums in registers (matrix_tile.h)
///
/// A product of one or two vectors and a matrix reads the matrix without packing it (matrix_vector.h).
namespace depthwise {
namespace {

/// Terms per range if a is transposed. Otherwise a range contains all terms.
constexpr int kMaxTransposedTerms = 256;
/// Rows per block: at most 32 KB of a transposed matrix, which stay in the first-level cache while panels of b are
/// read.
constexpr int kBlockRows = 32;
/// If adjacent terms are at most this many floats apart, a matrix that is not packed stays in the first-level cache.
constexpr ptrdiff_t kMaxUnpackedStride = 64;

class Multiplication {
 public:
  Multiplication(const MatrixProduct& p, const Epilogue& epilogue)
      : p_(p),
        epilogue_(epilogue),
        rangeTerms_(p.transposeA ? std::min(p.terms, kMaxTransposedTerms) : p.terms),
        rangeColumns_(
            std::min(p.columns, kTileColumns * std::max(1, assumed.secondLevelFloats / kTileColumns / rangeTerms_))),
        packsA_(p.transposeA && p.rows > kMaxUnpackedStride),
        packedA_(packsA_ ? int64_t{kBlockRows} * rangeTerms_ : 0),
        packedB_(packedFloats(rangeTerms_, rangeColumns_)) {}

  Status status() const { return packedA_.status() ? packedB_.status() : packedA_.status(); }

  /// Computes some columns of y. The first one is a multiple of kTileColumns.
  void compute(IndexRange wanted, const float* a, const float* b, float* y) {
    forEachRange(wanted.count, rangeColumns_, [&](IndexRange columns) {
      columns.first += wanted.first;
      forEachRange(p_.terms, rangeTerms_, [&](IndexRange terms) {
        const float* const packedB = packB(b, terms, columns);
        forEachRange(p_.rows, kBlockRows, [&](IndexRange rows) {
          float* const block = y + ptrdiff_t{rows.first} * p_.columns + columns.first;
          if (p_.transposeA) {
            addTransposed(packA(a, rows, terms), packedB, rows, terms, columns, block);
          } else {
            computeBlock(a + ptrdiff_t{rows.first} * p_.terms, packedB, rows.count, columns, block);
          }
          if (terms.first + terms.count == p_.terms) applyTo(block, rows, columns);
        });
      });
    });
  }

 private:
  const float* packB(const float* b, IndexRange terms, IndexRange columns) {
    const ptrdiff_t stride = p_.transposeB ? p_.terms : p_.columns;
    float* const packed = packedB_.data();
    if (p_.transposeB) {
      packRightTransposed(b + columns.first * stride + terms.first, stride, terms.count, columns.count, packed,
                          packedSize(terms.count, kTileColumns));
      return packed;
    }
    const float* const from = b + terms.first * stride + columns.first;
    if (stride == kTileColumns) return from;  // one panel
    packRight(from, stride, terms.count, columns.count, packed);
    return packed;
  }

  void computeBlock(const float* a, const float* b, int rows, IndexRange columns, float* y) {
    if (listedRows_ != rows) {
      listedRows_ = rows;
      for (int i = 0; i < kBlockRows; ++i) {
        const ptrdiff_t row = std::min(i, rows - 1);
        aOffsets_[i] = row * p_.terms;
        yOffsets_[i] = row * p_.columns;
      }
    }
    const TermSegment segment{.left = 0, .right = 0, .count = p_.terms};
    forEachRange(columns.count, kTileColumns, [&](IndexRange panel) {
      computeTiles(a, {.x = aOffsets_, .y = yOffsets_, .count = rows}, {&segment, 1},
                   {.filter = b, .bias = nullptr, .limits = nullptr, .count = panel.count}, y + panel.first);
      b += packedSize(p_.terms, kTileColumns);
    });
  }

  void addTransposed(const LeftOperand& a, const float* packedB, IndexRange rows, IndexRange terms, IndexRange columns,
                     float* y) {
    const TermSegment segment{.left = 0, .right = 0, .count = terms.count};
    RightOperand b{.data = packedB, .stride = kTileColumns};
    forEachRange(columns.count, kTileColumns, [&](IndexRange panel) {
      multiplyPanel(a, b, {&segment, 1},
                    {.data = y + panel.first,
                     .rowStride = p_.columns,
                     .rows = rows.count,
                     .columns = panel.count,
                     .accumulate = terms.first > 0});
      b.data += packedSize(terms.count, kTileColumns);
    });
  }

  LeftOperand packA(const float* a, IndexRange rows, IndexRange terms) {
    const ptrdiff_t stride = p_.rows;
    const float* const first = a + terms.first * stride + rows.first;
    if (!packsA_) return {.data = first, .stride = stride, .groupStride = kTileRows};
    const ptrdiff_t groupStride = ptrdiff_t{kTileRows} * terms.count;
    packLeft(first, stride, terms.count, rows.count, packedA_.data(), groupStride);
    return {.data = packedA_.data(), .stride = kTileRows, .groupStride = groupStride};
  }

  void applyTo(float* y, IndexRange rows, IndexRange columns) const {
    if (epilogue_.changesNothing()) return;
    Epilogue part = epilogue_;
    if (part.bias) part.bias += columns.first;
    if (part.preluAlpha) part.preluAlpha += columns.first;
    applyEpilogue(part, y, p_.columns, rows.count, columns.count);
  }

  const MatrixProduct p_;
  const Epilogue epilogue_;
  const int rangeTerms_, rangeColumns_;
  const bool packsA_;
  Buffer<float> packedA_, packedB_;
  int listedRows_ = 0;  ///< rows of a block, for which the lists below are complete
  ptrdiff_t aOffsets_[kBlockRows], yOffsets_[kBlockRows];
};

/// Returns whether a or b is at most two vectors, each of which has adjacent elements. Two rows take 0.7 times as long
/// as with a tile, three take longer.
bool isOfVectors(const MatrixProduct& p) { return p.rows == 1 || p.columns == 1 || (p.rows == 2 && !p.transposeA); }

/// Computes y[vector][column] = Σ_term x[vector][term] · matrix[term][column].
void multiplyByMatrix(const float* x, int vectors, const float* matrix, int terms, int columns, float* y) {
  std::fill_n(y, ptrdiff_t{vectors} * columns, 0.0f);
  addVectorProducts(x, vectors, matrix, columns, terms, columns, y);
}

/// Computes a product for which isOfVectors is true.
void multiplyVectors(const MatrixProduct& p, const float* a, const float* b, float* y) {
  if (p.rows <= 2 && (p.rows == 1 || !p.transposeA)) {
    (p.transposeB ? multiplyByTransposedMatrix : multiplyByMatrix)(a, p.rows, b, p.terms, p.columns, y);
  } else {  // yᵀ = bᵀ·aᵀ
    (p.transposeA ? multiplyByMatrix : multiplyByTransposedMatrix)(b, 1, a, p.terms, p.rows, y);
  }
}

/// Calls multiply(a, b, y) for some products of the batch.
template <class Multiply>
void forEachProduct(const MatrixProduct& p, IndexRange products, const float* a, const float* b, float* y,
                    Multiply&& multiply) {
  for (int i = products.first; i < products.first + products.count; ++i) {
    multiply(p.repeatA ? a : a + ptrdiff_t{i} * p.rows * p.terms,
             p.repeatB ? b : b + ptrdiff_t{i} * p.terms * p.columns, y + ptrdiff_t{i} * p.rows * p.columns);
  }
}

}  // namespace

Status matrixProduct(const MatrixProduct& product, const float* a, const float* b, const Epilogue& epilogue, float* y) {
  MatrixProduct p = product;
  if (p.batch == 0 || p.rows == 0 || p.columns == 0) return {};
  if (p.repeatB && !p.repeatA && !p.transposeA) {  // one product with all rows
    p.rows *= p.batch;
    p.batch = 1;
  }
  if (p.terms == 0 || isOfVectors(p)) {
    const ptrdiff_t size = ptrdiff_t{p.rows} * p.columns;
    forEachProduct(p, {0, p.batch}, a, b, y, [&](const float* a, const float* b, float* y) {
      if (p.terms == 0) {
        std::fill_n(y, size, 0.0f);
      } else {
        multiplyVectors(p, a, b, y);
      }
      if (!epilogue.changesNothing()) applyEpilogue(epilogue, y, p.columns, p.rows, p.columns);
    });
    return {};
  }
  const bool hasBatch = p.batch > 1;
  const Work work = workOfFlops(2.0 * p.batch * p.rows * p.terms * p.columns);
  return parallelFor(
      hasBatch ? p.batch : p.columns, hasBatch ? 1 : kTileColumns, work, [&](ptrdiff_t first, ptrdiff_t end) {
        const IndexRange range{static_cast<int>(first), static_cast<int>(end - first)};
        const IndexRange products = hasBatch ? range : IndexRange{0, 1};
        const IndexRange columns = hasBatch ? IndexRange{0, p.columns} : range;
        Multiplication multiplication(p, epilogue);
        if (multiplication.status()) {
          forEachProduct(p, products, a, b, y,
                         [&](const float* a, const float* b, float* y) { multiplication.compute(columns, a, b, y); });
        }
        return multiplication.status();
      });
}

}  // namespace depthwise
