#include <depthwise/depthwise.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

/// A program of another project: the three passes of a convolution against its definition, and a training step of a
/// layer.
namespace {

using depthwise::elementCount;

constexpr int kBatch = 2, kHeight = 7, kWidth = 6, kChannels = 5, kMultiplier = 2, kTaps = 3, kStride = 2;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "consumer: %s\n", what);
  std::exit(1);
}

void checkClose(const std::vector<float>& got, const std::vector<double>& expected, const char* what) {
  for (std::size_t i = 0; i < got.size(); ++i) check(std::abs(double{got[i]} - expected[i]) < 1e-4, what);
}

/// Returns values of both signs; another seed gives other values.
std::vector<float> someValues(std::int64_t count, unsigned seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 16) / 32768.0f - 1.0f;
  }
  return values;
}

void forwardAndGradients() {
  depthwise::ConvParams params{.x = {kBatch, kHeight, kWidth, kChannels},
                               .filter = {kTaps, kTaps, kChannels, kMultiplier},
                               .strides = {kStride, kStride},
                               .padding = depthwise::Padding::same()};
  const depthwise::Result<depthwise::Geometry> geometry = depthwise::makeGeometry(params);
  check(bool(geometry), "a valid convolution is refused");
  const depthwise::Geometry& g = *geometry;
  check(g.height.out == 4 && g.width.out == 3, "the output size is not TensorFlow's");

  const auto x = someValues(elementCount(g.xShape()), 1), filter = someValues(elementCount(g.filterShape()), 2),
             dy = someValues(elementCount(g.yShape()), 3), bias = someValues(g.outChannels(), 4);
  std::vector<double> y(dy.size()), dx(x.size()), dfilter(filter.size()), dbias(bias.size());
  // 'same' pads 7 rows with one row above and one below, and 6 columns with one column to the right.
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
  const depthwise::Epilogue epilogue{.bias = bias.data(), .activation = depthwise::Activation::kRelu};
  check(bool(depthwise::forward(g, x.data(), filter.data(), epilogue, yOut.data())), "forward fails");
  check(bool(depthwise::inputGradient(g, dy.data(), filter.data(), dxOut.data())), "inputGradient fails");
  check(bool(depthwise::filterGradient(g, x.data(), dy.data(), dfilterOut.data())), "filterGradient fails");
  depthwise::biasGradient(g, dy.data(), dbiasOut.data());
  checkClose(yOut, y, "y differs from the definition");
  checkClose(dxOut, dx, "dx differs from the definition");
  checkClose(dfilterOut, dfilter, "dfilter differs from the definition");
  checkClose(dbiasOut, dbias, "dbias differs from the definition");

  params.filter[2] = 4;
  const depthwise::Error error = depthwise::makeGeometry(params).error();
  check(error.code == depthwise::ErrorCode::kChannels && error.operands[0] == 4 && error.operands[1] == kChannels,
        "a filter for another number of channels is not refused with its numbers");
}

double squares(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * double{value} / 2;
  return sum;
}

void layer() {
  depthwise::DepthwiseConv2D layer;
  const depthwise::Shape shape{2, 5, 6, 4};
  check(!layer.create({.kernelSize = {3, 3}, .padding = depthwise::Padding::Kind::kSame}), "create fails");
  check(!layer.build(shape, 7) && layer.weightCount() == 2, "build fails");

  const std::vector<float> x = someValues(elementCount(shape), 5);
  std::vector<float> y(x.size()), dx(x.size());
  check(!layer.call(x.data(), shape, true, y.data()), "call fails");
  const double before = squares(y);
  check(!layer.backward(y.data(), dx.data()), "backward fails");
  for (int i = 0; i < layer.weightCount(); ++i) {
    const depthwise::Weight weight = layer.weight(i);
    for (std::int64_t k = 0; k < weight.size; ++k) weight.values[k] -= 0.01f * weight.gradient[k];
  }
  check(!layer.call(x.data(), shape, false, y.data()), "the second call fails");
  check(squares(y) < before, "a step along the gradient does not lower the loss");
}

}  // namespace

int main() {
  forwardAndGradients();
  layer();
  std::puts("consumer: forward, gradients and layer are right");
}
