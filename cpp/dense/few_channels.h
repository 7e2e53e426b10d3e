#pragma once

#include "dense/dense.h"

namespace depthwise {

/// The input gradient for few input channels, which would leave most columns of a tile empty. All taps and input
/// channels are the columns of one product, whose rows are outputs and whose terms are output channels:
///
///     products[output][p, q, c] = Σ_o dy[output][o] · filter[p, q, c, o]
///
/// Then the products of each tap are added to the input that the tap reads.
class FewChannelsInputGradient {
 public:
  FewChannelsInputGradient(const DenseGeometry& g, const float* filter);

  /// Returns whether this is faster than one product for each tap.
  static bool isFaster(const DenseGeometry& g);

  Status status() const { return products_.status() ? packedFilter_.status() : products_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* dy, float* dx);

 private:
  void computeProducts(const float* dy, int outputs);
  void addProducts(int row, IndexRange outputs, float* dx);

  DenseGeometry g_;  ///< of the images that are computed
  const float* const filter_;
  const int columns_;              ///< taps and input channels
  const ptrdiff_t productStride_;  ///< floats from an output to the next
  Buffer<float> packedFilter_, products_;
};

}  // namespace depthwise
