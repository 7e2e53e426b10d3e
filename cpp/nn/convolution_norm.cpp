#include "nn/convolution_norm.h"

#include "dense/dense.h"
#include "depthwise/convolution.h"
#include "nn/binary.h"

namespace depthwise {
namespace {

/// The factors of the filter, and the epilogue with the bias that replaces that of the convolution.
class Folded {
 public:
  Folded(const BatchNorm& norm, const Epilogue& epilogue, int channels)
      : values_(2 * int64_t{channels}), epilogue_(epilogue) {
    if (!values_.status()) return;
    epilogue_.bias = values_.data() + channels;
    foldBatchNorm(norm, epilogue.bias, channels, values_.data(), values_.data() + channels);
  }

  Status status() const { return values_.status(); }
  const float* factors() const { return values_.data(); }
  const Epilogue& epilogue() const { return epilogue_; }

 private:
  Buffer<float> values_;
  Epilogue epilogue_;
};

}  // namespace

Status conv2dBatchNorm(const DenseGeometry& g, const float* x, const float* filter, const BatchNorm& norm,
                       const Epilogue& epilogue, float* y) {
  const Folded folded(norm, epilogue, g.outChannels);
  if (!folded.status()) return folded.status();
  return conv2dForward(g, x, filter, folded.epilogue(), y, folded.factors());
}

Status depthwiseConv2dBatchNorm(const Geometry& g, const float* x, const float* filter, const BatchNorm& norm,
                                const Epilogue& epilogue, float* y) {
  const int taps = g.height.taps * g.width.taps, channels = g.outChannels();
  const Folded folded(norm, epilogue, channels);
  Buffer<float> scaled(int64_t{taps} * channels);  // a depthwise filter is small
  for (const Status status : {folded.status(), scaled.status()}) {
    if (!status) return status;
  }
  constexpr unsigned kTaps = BinaryShape::kMiddle, kChannels = BinaryShape::kInner;
  binary(BinaryOp::kMultiply, {1, taps, channels, kTaps | kChannels, kChannels}, filter, folded.factors(),
         scaled.data());
  return forward(g, x, scaled.data(), folded.epilogue(), y);
}

}  // namespace depthwise
