#pragma once

#include <algorithm>
#include <cstdint>

#include "dense/dense.h"

namespace depthwise {

/// The input gradient for few input channels, which would leave most columns of a tile empty. All taps and input
/// channels are the columns of one product, whose rows are outputs and whose terms are output channels:
///
///     products[output][p, q, c] = Σ_o dy[output][o] · filter[p, q, c, o]
///
/// Then the products of each tap are added to the input that the tap reads. An object computes a range of the rows of
/// dx, which are numbered through all images.
class FewChannelsInputGradient {
 public:
  FewChannelsInputGradient(const DenseGeometry& g, IndexRange rows, const float* filter);

  static int count(const DenseGeometry& g) { return g.batch * g.height.in; }
  /// Returns the unit of the ranges. Adjacent ranges both compute the products of the outputs that read rows of both.
  /// With this unit, these are an eighth of the products at most.
  static int unit(const DenseGeometry& g) {
    constexpr int kSpans = 8;
    const int64_t span = (g.height.taps - 1) * int64_t{g.height.dilation} + 1;
    return static_cast<int>(std::min<int64_t>(kSpans * span, count(g)));
  }

  /// Returns whether this is faster than one product for each tap.
  static bool isFaster(const DenseGeometry& g);

  Status status() const { return products_.status() ? packedFilter_.status() : products_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* dy, float* dx);

 private:
  void computeProducts(const float* dy, int outputs);
  void addProducts(int row, IndexRange outputs, float* dx);

  /// Returns whether a row of outputs reads rows of the range.
  bool readsRange(int row) const;

  DenseGeometry g_;  ///< of the images that are computed
  const IndexRange rows_;
  const float* const filter_;
  const int columns_;              ///< taps and input channels
  const ptrdiff_t productStride_;  ///< floats from an output to the next
  Buffer<float> packedFilter_, products_;
};

}  // namespace depthwise
