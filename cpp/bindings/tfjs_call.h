#pragma once

#include "bindings/call.h"
#include "dense/dense.h"
#include "nn/pooling.h"

namespace depthwise {

/// The further calls that TensorFlow.js gets, checked and run as those of Call.
class TfjsCall : public Call {
 public:
  bool checkConv2DInputGradient() { return checkDense("inputShape", "filter", &DenseGeometry::xShape); }
  bool checkConv2DFilterGradient() { return checkDense("x", "filterShape", &DenseGeometry::filterShape); }
  bool checkMaxPoolGradient() {
    ArgumentReader read(block_);
    const ConvolutionArguments arguments = readConvolutionArguments(read, function(), "x", "filterSize");
    const Result<PoolGeometry> pool = checkPool(arguments);
    if (!pool) return succeeds(pool.error());
    pool_ = *pool;
    return readDy(read, pool_.yShape()) && answer(block_, pool_.xShape());
  }

  double conv2DInputGradient(Address dy, Address filter, Address dx) {
    return run(conv2dInputGradient(dense_, at<float>(dy), at<float>(filter), at<float>(dx)));
  }
  double conv2DFilterGradient(Address x, Address dy, Address dfilter) {
    return run(conv2dFilterGradient(dense_, at<float>(x), at<float>(dy), at<float>(dfilter)));
  }
  double maxPoolGradient(Address x, Address dy, Address dx) {
    depthwise::maxPoolGradient(pool_, at<float>(x), at<float>(dy), at<float>(dx));
    return 0;
  }

 private:
  bool checkDense(const char* xName, const char* filterName, Shape (DenseGeometry::*result)() const) {
    ArgumentReader read(block_);
    const ConvolutionArguments arguments = readConvolutionArguments(read, function(), xName, filterName);
    const Result<DenseGeometry> dense = checkDenseConvolution(arguments);
    if (!dense) return succeeds(dense.error());
    dense_ = *dense;
    return readDy(read, dense_.yShape()) && answer(block_, (dense_.*result)());
  }

  bool readDy(ArgumentReader& read, const Shape& yShape) {
    return succeeds(checkShape(function(), "dy", read.numbers(), yShape));
  }

  DenseGeometry dense_;
  PoolGeometry pool_;
};

}  // namespace depthwise
