#include <depthwise/geometry.h>
#include <depthwise/convolution.h>

#include <algorithm>

#include "check.h"

/// The kernels by themselves: arguments, checked into a geometry, and the three passes, compared with the definition.
namespace {

constexpr int kBatch = 2, kHeight = 7, kWidth = 6, kChannels = 5, kMultiplier = 2, kTaps = 3, kStride = 2;

depthwise::ConvolutionArguments arguments() {
  depthwise::ConvolutionArguments a{};
  a.function = "consumer";
  a.xShape = {{kBatch, kHeight, kWidth, kChannels}, 4};
  a.filterShape = {{kTaps, kTaps, kChannels, kMultiplier}, 4};
  a.strides = {{kStride}, 1};
  a.dilations = {{1}, 1};
  a.dataFormat = "NHWC";
  a.pad = depthwise::ConvolutionArguments::Pad::kName;
  a.padName = "same";
  return a;
}

std::size_t sizeOf(const depthwise::Shape& shape) { return static_cast<std::size_t>(depthwise::elementCount(shape)); }

}  // namespace

void forwardAndGradients() {
  const depthwise::Result<depthwise::Geometry> geometry = depthwise::checkConvolution(arguments());
  check(bool(geometry), "a convolution is refused");
  const depthwise::Geometry& g = *geometry;
  check(g.height.out == 4 && g.width.out == 3, "the output has another size than TensorFlow's");

  const std::vector<float> x = someValues(sizeOf(g.xShape()), 1), filter = someValues(sizeOf(g.filterShape()), 2),
                           dy = someValues(sizeOf(g.yShape()), 3),
                           bias = someValues(static_cast<std::size_t>(g.outChannels()), 4);
  std::vector<double> y(dy.size()), dx(x.size()), dfilter(filter.size()), dbias(bias.size());
  // 'same': of 7 rows in steps of 2 with 3 taps, one row of zeros above and one below; of 6 columns, one to the right.
  const int top = 1, left = 0;
  for (int n = 0; n < kBatch; ++n) {
    for (int i = 0; i < g.height.out; ++i) {
      for (int j = 0; j < g.width.out; ++j) {
        for (int k = 0; k < g.outChannels(); ++k) {
          const int c = k / kMultiplier, m = k % kMultiplier;
          const auto at = static_cast<std::size_t>(((n * g.height.out + i) * g.width.out + j) * g.outChannels() + k);
          const auto channel = static_cast<std::size_t>(k);
          double sum = double{bias[channel]};
          dbias[channel] += double{dy[at]};
          for (int p = 0; p < kTaps; ++p) {
            for (int q = 0; q < kTaps; ++q) {
              const int row = i * kStride + p - top, column = j * kStride + q - left;
              if (row < 0 || row >= kHeight || column < 0 || column >= kWidth) continue;
              const auto xi = static_cast<std::size_t>(((n * kHeight + row) * kWidth + column) * kChannels + c);
              const auto fi = static_cast<std::size_t>(((p * kTaps + q) * kChannels + c) * kMultiplier + m);
              sum += double{x[xi]} * double{filter[fi]};
              dx[xi] += double{dy[at]} * double{filter[fi]};
              dfilter[fi] += double{dy[at]} * double{x[xi]};
            }
          }
          y[at] = std::max(sum, 0.0);
        }
      }
    }
  }

  std::vector<float> yOut(y.size()), dxOut(dx.size()), dfilterOut(dfilter.size()), dbiasOut(dbias.size());
  const depthwise::Epilogue epilogue{bias.data(), depthwise::Activation::kRelu, 0, nullptr};
  check(bool(depthwise::forward(g, x.data(), filter.data(), epilogue, yOut.data())), "forward did not run");
  check(bool(depthwise::inputGradient(g, dy.data(), filter.data(), dxOut.data())), "inputGradient did not run");
  check(bool(depthwise::filterGradient(g, x.data(), dy.data(), dfilterOut.data())), "filterGradient did not run");
  depthwise::biasGradient(g, dy.data(), dbiasOut.data());
  checkClose(yOut, y, "y is not what the definition says");
  checkClose(dxOut, dx, "dx is not what the definition says");
  checkClose(dfilterOut, dfilter, "dfilter is not what the definition says");
  checkClose(dbiasOut, dbias, "dbias is not what the definition says");

  depthwise::ConvolutionArguments wrong = arguments();
  wrong.filterShape.values[2] = 4;
  const depthwise::Result<depthwise::Geometry> none = depthwise::checkConvolution(wrong);
  check(!none && none.error().text() == "Error in consumer: filter must have as many inChannels as x, got 4 beside 5",
        "a filter for other channels is not refused as it should be");
}
