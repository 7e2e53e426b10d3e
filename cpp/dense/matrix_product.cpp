#include "dense/matrix_product.h"

#include <algorithm>

#include "dense/dense.h"
#include "dense/matrix_tile.h"
#include "dense/matrix_vector.h"
#include "dense/packing.h"
#include "nn/activation.h"

/// Matrix products.
///
/// The loops, from outside to inside:
///     compute        ranges of columns and of terms, for which b is packed
///     addRange       blocks of rows, for which a is packed if necessary, and panels of columns
///     multiplyPanel  4 × 8 sums in registers (matrix_tile.h)
///
/// A product of one or two vectors and a matrix reads the matrix without packing it (matrix_vector.h).
namespace depthwise {
namespace {

/// Terms and columns per range: a packed range of b takes 256 KB, which stay in the second-level cache.
constexpr int kMaxTerms = 256, kMaxColumns = 256;
/// Rows per block: at most 32 KB of a, which stay in the first-level cache while panels of b are read.
constexpr int kBlockRows = 32;
/// If adjacent terms are at most this many floats apart, an operand that is not packed stays in the first-level cache.
constexpr ptrdiff_t kMaxUnpackedStride = 64;

class Multiplication {
 public:
  Multiplication(const MatrixProduct& p, const Epilogue& epilogue)
      : p_(p),
        epilogue_(epilogue),
        packsA_(p.transposeA && p.rows > kMaxUnpackedStride),
        packsB_(p.transposeB || p.columns > kMaxUnpackedStride || p.columns % 4 != 0),
        packedA_(packsA_ ? packedSizeOfA() : 0),
        packedB_(packsB_ ? packedSize(std::min(p.terms, kMaxTerms), std::min(p.columns, kMaxColumns)) : 0) {}

  Status status() const { return packedA_.status() ? packedB_.status() : packedA_.status(); }

  void compute(const float* a, const float* b, float* y) {
    forEachRange(p_.columns, kMaxColumns, [&](IndexRange columns) {
      forEachRange(p_.terms, kMaxTerms,
                   [&](IndexRange terms) { addRange(a, packB(b, terms, columns), terms, columns, y); });
    });
  }

 private:
  int64_t packedSizeOfA() const { return int64_t{kBlockRows} * std::min(p_.terms, kMaxTerms); }

  RightOperand packB(const float* b, IndexRange terms, IndexRange columns) {
    const ptrdiff_t stride = p_.transposeB ? p_.terms : p_.columns;
    if (!packsB_) return {.data = b + terms.first * stride + columns.first, .stride = stride};
    if (p_.transposeB) {
      packRightTransposed(b + columns.first * stride + terms.first, stride, terms.count, columns.count,
                          packedB_.data(), packedSize(terms.count, kTileColumns));
    } else {
      packRight(b + terms.first * stride + columns.first, stride, terms.count, columns.count, packedB_.data());
    }
    return {.data = packedB_.data(), .stride = kTileColumns};
  }

  /// Adds the products of a range of terms to a range of columns of y. After the last terms, applies the epilogue.
  void addRange(const float* a, const RightOperand& b, IndexRange terms, IndexRange columns, float* y) {
    forEachRange(p_.rows, kBlockRows, [&](IndexRange rows) {
      float* const block = y + ptrdiff_t{rows.first} * p_.columns + columns.first;
      if (p_.transposeA) {
        addBlock<LeftOrder::kRowsAdjacent>(packA(a, rows, terms), b, rows, terms, columns, block);
      } else {
        addBlock<LeftOrder::kTermsAdjacent>(leftOf(a, rows, terms), b, rows, terms, columns, block);
      }
      if (terms.first + terms.count == p_.terms) applyTo(block, rows, columns);
    });
  }

  LeftOperand leftOf(const float* a, IndexRange rows, IndexRange terms) const {
    const ptrdiff_t stride = p_.terms;
    return {.data = a + rows.first * stride + terms.first, .stride = stride, .groupStride = kTileRows * stride};
  }

  LeftOperand packA(const float* a, IndexRange rows, IndexRange terms) {
    const ptrdiff_t stride = p_.rows;
    const float* const first = a + terms.first * stride + rows.first;
    if (!packsA_) return {.data = first, .stride = stride, .groupStride = kTileRows};
    const ptrdiff_t groupStride = ptrdiff_t{kTileRows} * terms.count;
    packLeft(first, stride, terms.count, rows.count, packedA_.data(), groupStride);
    return {.data = packedA_.data(), .stride = kTileRows, .groupStride = groupStride};
  }

  template <LeftOrder Order>
  void addBlock(const LeftOperand& a, RightOperand b, IndexRange rows, IndexRange terms, IndexRange columns, float* y) {
    const TermSegment segment{.left = 0, .right = 0, .count = terms.count};
    for (int column = 0; column < columns.count; column += kTileColumns) {
      multiplyPanel<Order>(a, b, {&segment, 1},
                           {.data = y + column,
                            .rowStride = p_.columns,
                            .rows = rows.count,
                            .columns = std::min(kTileColumns, columns.count - column),
                            .accumulate = terms.first > 0});
      b.data += packsB_ ? packedSize(terms.count, kTileColumns) : kTileColumns;
    }
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
  const bool packsA_, packsB_;
  Buffer<float> packedA_, packedB_;
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

/// Calls multiply(a, b, y) for each product.
template <class Multiply>
void forEachProduct(const MatrixProduct& p, const float* a, const float* b, float* y, Multiply&& multiply) {
  for (int i = 0; i < p.batch; ++i) {
    multiply(a, b, y);
    if (!p.repeatA) a += ptrdiff_t{p.rows} * p.terms;
    if (!p.repeatB) b += ptrdiff_t{p.terms} * p.columns;
    y += ptrdiff_t{p.rows} * p.columns;
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
    forEachProduct(p, a, b, y, [&](const float* a, const float* b, float* y) {
      if (p.terms == 0) {
        std::fill_n(y, size, 0.0f);
      } else {
        multiplyVectors(p, a, b, y);
      }
      if (!epilogue.changesNothing()) applyEpilogue(epilogue, y, p.columns, p.rows, p.columns);
    });
    return {};
  }
  Multiplication multiplication(p, epilogue);
  if (const Status status = multiplication.status(); !status) return status;
  forEachProduct(p, a, b, y, [&](const float* a, const float* b, float* y) { multiplication.compute(a, b, y); });
  return {};
}

}  // namespace depthwise
