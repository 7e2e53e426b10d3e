#include <algorithm>
#include <iterator>

#include "bindings/exports.h"
#include "dense/matrix_product.h"
#include "nn/batch_norm.h"
#include "nn/binary.h"
#include "nn/convolution_norm.h"
#include "nn/elementwise.h"
#include "nn/layer_norm.h"
#include "nn/optimizers.h"
#include "nn/parts.h"
#include "nn/pooling.h"
#include "nn/reductions.h"
#include "nn/resize.h"
#include "nn/unary.h"

/// The exported functions of the side module that the core module does not have. js/tfjs/kernels.js computes and checks
/// the sizes that are passed here.
namespace depthwise {

/// Computes the geometry of a pooling. The first two sizes of the filter in the block are the filter size.
DEPTHWISE_EXPORT int makePoolGeometry(Address address) {
  CallBlock& block = *at<CallBlock>(address);
  const ConvParams p = readConvParams(block);
  const Result<PoolGeometry> geometry = depthwise::makePoolGeometry({.x = p.x,
                                                                     .filterSize = {p.filter[0], p.filter[1]},
                                                                     .strides = p.strides,
                                                                     .dilations = p.dilations,
                                                                     .padding = p.padding,
                                                                     .rounding = p.rounding});
  if (geometry) block.pool = *geometry;
  return answer(block, geometry);
}

DEPTHWISE_EXPORT double matrixProduct(Address a, Address b, Address bias, int activation, float leakyreluAlpha,
                                      Address preluAlpha, Address y, double batch, double rows, double terms,
                                      double columns, bool transposeA, bool transposeB, bool repeatA, bool repeatB) {
  const MatrixProduct product{.batch = int(batch),
                              .rows = int(rows),
                              .terms = int(terms),
                              .columns = int(columns),
                              .transposeA = transposeA,
                              .transposeB = transposeB,
                              .repeatA = repeatA,
                              .repeatB = repeatB};
  const Epilogue epilogue = epilogueOf(bias, activation, leakyreluAlpha, preluAlpha);
  return bytesWanted(matrixProduct(product, at<float>(a), at<float>(b), epilogue, at<float>(y)));
}

DEPTHWISE_EXPORT double maxPool(Address block, Address x, Address y) {
  forImages(at<CallBlock>(block)->pool, [=](const PoolGeometry& g, ptrdiff_t inX, ptrdiff_t inY) {
    maxPool(g, at<float>(x) + inX, at<float>(y) + inY);
  });
  return 0;
}

DEPTHWISE_EXPORT double maxPoolGradient(Address block, Address x, Address dy, Address dx) {
  forImages(at<CallBlock>(block)->pool, [=](const PoolGeometry& g, ptrdiff_t inX, ptrdiff_t inY) {
    maxPoolGradient(g, at<float>(x) + inX, at<float>(dy) + inY, at<float>(dx) + inX);
  });
  return 0;
}

DEPTHWISE_EXPORT double maxPoolGradientGradient(Address block, Address x, Address ddx, Address ddy) {
  maxPoolGradientGradient(at<CallBlock>(block)->pool, at<float>(x), at<float>(ddx), at<float>(ddy));
  return 0;
}

DEPTHWISE_EXPORT double averagePool(Address block, Address x, Address y) {
  forImages(at<CallBlock>(block)->pool, [=](const PoolGeometry& g, ptrdiff_t inX, ptrdiff_t inY) {
    averagePool(g, at<float>(x) + inX, at<float>(y) + inY);
  });
  return 0;
}

DEPTHWISE_EXPORT double averagePoolGradient(Address block, Address dy, Address dx) {
  forImages(at<CallBlock>(block)->pool, [=](const PoolGeometry& g, ptrdiff_t inX, ptrdiff_t inY) {
    averagePoolGradient(g, at<float>(dy) + inY, at<float>(dx) + inX);
  });
  return 0;
}

/// Computes batchNorm. `scale` and `offset` are 0 if there are none.
DEPTHWISE_EXPORT double batchNorm(Address x, Address mean, Address variance, Address scale, Address offset, Address y,
                                  float epsilon, float low, float high, double outer, double channels, double inner) {
  const BatchNorm norm{.mean = at<float>(mean),
                       .variance = at<float>(variance),
                       .scale = at<float>(scale),
                       .epsilon = epsilon,
                       .offset = at<float>(offset),
                       .low = low,
                       .high = high};
  return bytesWanted(batchNorm(norm, {int(outer), int(channels), int(inner)}, at<float>(x), at<float>(y)));
}

/// Computes conv2dBatchNorm. `bias`, `scale` and `offset` are 0 if there are none.
DEPTHWISE_EXPORT double denseBatchNorm(Address block, Address x, Address filter, Address mean, Address variance,
                                       Address bias, Address scale, Address offset, Address y, float epsilon,
                                       int activation, float leakyreluAlpha) {
  const BatchNorm norm{at<float>(mean), at<float>(variance), at<float>(scale), epsilon, at<float>(offset)};
  return bytesWanted(conv2dBatchNorm(at<CallBlock>(block)->dense, at<float>(x), at<float>(filter), norm,
                                     epilogueOf(bias, activation, leakyreluAlpha, 0), at<float>(y)));
}

/// Computes depthwiseConv2dBatchNorm. `bias`, `scale` and `offset` are 0 if there are none.
DEPTHWISE_EXPORT double convBatchNorm(Address block, Address x, Address filter, Address mean, Address variance,
                                      Address bias, Address scale, Address offset, Address y, float epsilon,
                                      int activation, float leakyreluAlpha) {
  const BatchNorm norm{at<float>(mean), at<float>(variance), at<float>(scale), epsilon, at<float>(offset)};
  return bytesWanted(depthwiseConv2dBatchNorm(at<CallBlock>(block)->convolution, at<float>(x), at<float>(filter), norm,
                                              epilogueOf(bias, activation, leakyreluAlpha, 0), at<float>(y)));
}

/// Computes batchMoments, and moves two averages towards the moments.
DEPTHWISE_EXPORT double batchNormStatistics(Address x, Address movingMean, Address movingVariance, Address mean,
                                            Address variance, Address movedMean, Address movedVariance, float decay,
                                            double pixels, double channels) {
  const Status status = batchMoments(int(pixels), int(channels), at<float>(x), at<float>(mean), at<float>(variance));
  if (!status) return bytesWanted(status);
  moveAverages(at<float>(movingMean), at<float>(mean), int(channels), decay, at<float>(movedMean));
  moveAverages(at<float>(movingVariance), at<float>(variance), int(channels), decay, at<float>(movedVariance));
  return 0;
}

/// Computes batchNormTrainingGradient. `scale`, `offset`, `dScale` and `dOffset` are 0 if there are none.
DEPTHWISE_EXPORT double batchNormTrainingGradient(Address x, Address dy, Address mean, Address variance, Address scale,
                                                  Address offset, Address dx, Address dScale, Address dOffset,
                                                  float epsilon, float low, float high, double pixels,
                                                  double channels) {
  const BatchNorm norm{.mean = at<float>(mean),
                       .variance = at<float>(variance),
                       .scale = at<float>(scale),
                       .epsilon = epsilon,
                       .offset = at<float>(offset),
                       .low = low,
                       .high = high};
  return bytesWanted(batchNormTrainingGradient(norm, int(pixels), int(channels), at<float>(x), at<float>(dy),
                                               {at<float>(dx), at<float>(dScale), at<float>(dOffset)}));
}

DEPTHWISE_EXPORT double batchNormGradient(Address x, Address dy, Address mean, Address variance, Address scale,
                                          Address dx, Address dMean, Address dVariance, Address dScale, Address dOffset,
                                          float epsilon, double outer, double channels, double inner) {
  const BatchNorm norm{
      .mean = at<float>(mean), .variance = at<float>(variance), .scale = at<float>(scale), .epsilon = epsilon};
  return bytesWanted(batchNormGradient(
      norm, {int(outer), int(channels), int(inner)}, at<float>(x), at<float>(dy),
      {at<float>(dx), at<float>(dMean), at<float>(dVariance), at<float>(dScale), at<float>(dOffset)}));
}

/// Computes layerNorm. `scale` and `offset` are 0 if there are none.
DEPTHWISE_EXPORT double layerNorm(Address x, Address scale, Address offset, Address y, float epsilon, double rows,
                                  double size) {
  layerNorm({int(rows), int(size), epsilon, at<float>(scale), at<float>(offset)}, at<float>(x), at<float>(y));
  return 0;
}

DEPTHWISE_EXPORT double layerNormGradient(Address x, Address dy, Address scale, Address dx, Address dScale,
                                          Address dOffset, float epsilon, double rows, double size) {
  return bytesWanted(layerNormGradient({int(rows), int(size), epsilon, at<float>(scale), nullptr}, at<float>(x),
                                       at<float>(dy), {at<float>(dx), at<float>(dScale), at<float>(dOffset)}));
}

DEPTHWISE_EXPORT double sumMiddleAxis(Address x, Address sums, double outer, double middle, double inner,
                                      double factor) {
  return bytesWanted(sumMiddleAxis({int(outer), int(middle), int(inner)}, at<float>(x), factor, at<float>(sums)));
}

DEPTHWISE_EXPORT double broadcastMiddleAxis(Address values, Address x, double outer, double middle, double inner,
                                            double factor) {
  broadcastMiddleAxis({int(outer), int(middle), int(inner)}, at<float>(values), factor, at<float>(x));
  return 0;
}

DEPTHWISE_EXPORT double clip(Address x, Address y, float low, float high, double size) {
  forElements(size, 2, [=](ptrdiff_t i, int count) { clip(at<float>(x) + i, count, low, high, at<float>(y) + i); });
  return 0;
}

DEPTHWISE_EXPORT double clipGradient(Address x, Address dy, Address dx, float low, float high, double size) {
  forElements(size, 3, [=](ptrdiff_t i, int count) {
    clipGradient(at<float>(x) + i, at<float>(dy) + i, count, low, high, at<float>(dx) + i);
  });
  return 0;
}

DEPTHWISE_EXPORT double sign(Address x, Address y, double size) {
  sign(at<float>(x), int(size), at<float>(y));
  return 0;
}

/// Computes binary. `op` is the number of the enum; the axes are sums of those of BinaryShape.
DEPTHWISE_EXPORT double binary(Address a, Address b, Address y, int op, double outer, double middle, double inner,
                               int aAxes, int bAxes) {
  binary(BinaryOp(op), {int(outer), int(middle), int(inner), unsigned(aAxes), unsigned(bAxes)}, at<float>(a),
         at<float>(b), at<float>(y));
  return 0;
}

/// Computes unary. `op` is the number of the enum.
DEPTHWISE_EXPORT double unary(Address x, Address y, int op, double size) {
  forElements(size, 2, [=](ptrdiff_t i, int count) { unary(UnaryOp(op), at<float>(x) + i, count, at<float>(y) + i); });
  return 0;
}

DEPTHWISE_EXPORT double leakyRelu(Address x, Address y, float slope, double size) {
  forElements(size, 2, [=](ptrdiff_t i, int count) { leakyRelu(at<float>(x) + i, count, slope, at<float>(y) + i); });
  return 0;
}

DEPTHWISE_EXPORT double power(Address x, Address y, double exponent, double size) {
  power(at<float>(x), int(size), exponent, at<float>(y));
  return 0;
}

/// Computes unaryGradient. `op` is the number of the enum.
DEPTHWISE_EXPORT double unaryGradient(Address xOrY, Address dy, Address dx, int op, double size) {
  forElements(size, 3, [=](ptrdiff_t i, int count) {
    unaryGradient(UnaryGradient(op), at<float>(xOrY) + i, at<float>(dy) + i, count, at<float>(dx) + i);
  });
  return 0;
}

DEPTHWISE_EXPORT double swishGradient(Address x, Address y, Address dy, Address dx, double size) {
  forElements(size, 4, [=](ptrdiff_t i, int count) {
    swishGradient(at<float>(x) + i, at<float>(y) + i, at<float>(dy) + i, count, at<float>(dx) + i);
  });
  return 0;
}

DEPTHWISE_EXPORT double reluGradient(Address x, Address dy, Address dx, float slope, float max, double size) {
  forElements(size, 3, [=](ptrdiff_t i, int count) {
    reluGradient(at<float>(x) + i, at<float>(dy) + i, count, slope, max, at<float>(dx) + i);
  });
  return 0;
}

/// Computes resizeGradient. `interpolation` and `grid` are the numbers of the enums.
DEPTHWISE_EXPORT double resizeGradient(Address dy, Address dx, double batch, double inHeight, double inWidth,
                                       double outHeight, double outWidth, double channels, double interpolation,
                                       double grid) {
  const ResizeShape shape{int(batch), int(inHeight), int(inWidth), int(outHeight), int(outWidth), int(channels)};
  return bytesWanted(
      resizeGradient(shape, Interpolation(int(interpolation)), PixelGrid(int(grid)), at<float>(dy), at<float>(dx)));
}

DEPTHWISE_EXPORT double unsortedSegmentSum(Address x, Address segments, Address sums, double items, double itemSize,
                                           double segmentCount) {
  unsortedSegmentSum(at<float>(x), at<int32_t>(segments), int(items), int(itemSize), int(segmentCount),
                     at<float>(sums));
  return 0;
}

template <size_t Inputs>
UpdateStep<int(Inputs) - 2> updateStep(double size, const Address (&inputs)[Inputs],
                                       const Address (&outputs)[Inputs - 1]) {
  UpdateStep<int(Inputs) - 2> step{.size = int(size), .inputs = {}, .outputs = {}};
  std::transform(std::begin(inputs), std::end(inputs), step.inputs.begin(), at<float>);
  std::transform(std::begin(outputs), std::end(outputs), step.outputs.begin(), at<float>);
  return step;
}

// In the following functions, `c`, `momentum`, `accBeta1`, `accBeta2` and `iteration` are addresses of scalars, because
// an optimizer of tfjs keeps them as tensors.

DEPTHWISE_EXPORT void sgdUpdate(Address value, Address gradient, Address c, Address newValue, double size) {
  sgdUpdate(*at<float>(c), updateStep(size, {value, gradient}, {newValue}));
}

DEPTHWISE_EXPORT void momentumUpdate(Address value, Address gradient, Address accumulation, Address c, Address momentum,
                                     Address newValue, Address newAccumulation, double size) {
  momentumUpdate(*at<float>(c), *at<float>(momentum),
                 updateStep(size, {value, gradient, accumulation}, {newValue, newAccumulation}));
}

DEPTHWISE_EXPORT void nesterovMomentumUpdate(Address value, Address gradient, Address accumulation, Address c,
                                             Address momentum, Address newValue, Address newAccumulation, double size) {
  nesterovMomentumUpdate(*at<float>(c), *at<float>(momentum),
                         updateStep(size, {value, gradient, accumulation}, {newValue, newAccumulation}));
}

DEPTHWISE_EXPORT void adamUpdate(Address value, Address gradient, Address m, Address v, Address accBeta1,
                                 Address accBeta2, Address newValue, Address newM, Address newV, double learningRate,
                                 double beta1, double beta2, double epsilon, double size) {
  adamUpdate({learningRate, beta1, beta2, epsilon}, *at<float>(accBeta1), *at<float>(accBeta2),
             updateStep(size, {value, gradient, m, v}, {newValue, newM, newV}));
}

DEPTHWISE_EXPORT void adamaxUpdate(Address value, Address gradient, Address m, Address v, Address accBeta1,
                                   Address iteration, Address newValue, Address newM, Address newV, double learningRate,
                                   double beta1, double beta2, double epsilon, double decay, double size) {
  adamaxUpdate({learningRate, beta1, beta2, epsilon, decay}, *at<float>(accBeta1), *at<float>(iteration),
               updateStep(size, {value, gradient, m, v}, {newValue, newM, newV}));
}

DEPTHWISE_EXPORT void rmsPropUpdate(Address value, Address gradient, Address meanSquare, Address moments,
                                    Address newValue, Address newMeanSquare, Address newMoments, double learningRate,
                                    double decay, double momentum, double epsilon, double size) {
  rmsPropUpdate({learningRate, decay, momentum, epsilon},
                updateStep(size, {value, gradient, meanSquare, moments}, {newValue, newMeanSquare, newMoments}));
}

DEPTHWISE_EXPORT void centeredRmsPropUpdate(Address value, Address gradient, Address meanSquare, Address moments,
                                            Address meanGrad, Address newValue, Address newMeanSquare,
                                            Address newMoments, Address newMeanGrad, double learningRate, double decay,
                                            double momentum, double epsilon, double size) {
  centeredRmsPropUpdate({learningRate, decay, momentum, epsilon},
                        updateStep(size, {value, gradient, meanSquare, moments, meanGrad},
                                   {newValue, newMeanSquare, newMoments, newMeanGrad}));
}

DEPTHWISE_EXPORT void adagradUpdate(Address value, Address gradient, Address accumulator, Address newValue,
                                    Address newAccumulator, double learningRate, double epsilon, double size) {
  adagradUpdate(learningRate, epsilon, updateStep(size, {value, gradient, accumulator}, {newValue, newAccumulator}));
}

DEPTHWISE_EXPORT void adadeltaUpdate(Address value, Address gradient, Address accumulatedGrad,
                                     Address accumulatedUpdate, Address newValue, Address newAccumulatedGrad,
                                     Address newAccumulatedUpdate, double learningRate, double rho, double epsilon,
                                     double size) {
  adadeltaUpdate({learningRate, rho, epsilon}, updateStep(size, {value, gradient, accumulatedGrad, accumulatedUpdate},
                                                          {newValue, newAccumulatedGrad, newAccumulatedUpdate}));
}

}  // namespace depthwise
