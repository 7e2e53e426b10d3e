#pragma once

#include "dense/dense.h"

/// Copies of NCHW images in NHWC, for which the passes are written.
namespace depthwise {

/// Returns how many images of a convolution the passes compute at a time: all in NHWC; in NCHW as many as fit a few
/// megabytes of copies, and at least one.
int imagesAtATime(const DenseGeometry& geometry);

/// The images of a tensor in NHWC: the tensor itself if its layout is NHWC, otherwise a copy of the images of a range.
class NhwcImages {
 public:
  /// `shape` is in the order of `layout`. A range has at most `maxImages` images.
  NhwcImages(Layout layout, const Shape& shape, int maxImages);

  Status status() const { return copy_.status(); }

  /// Returns the images of a range for reading.
  const float* read(const float* tensor, IndexRange images);
  /// Returns memory for the images of a range. Call write when they are complete.
  float* memoryFor(float* tensor, IndexRange images);
  /// Writes the images of a range to the tensor.
  void write(float* tensor, IndexRange images) const;

 private:
  bool isCopied_;
  int pixels_, channels_;
  ptrdiff_t imageSize_;
  Buffer<float> copy_;
};

}  // namespace depthwise
