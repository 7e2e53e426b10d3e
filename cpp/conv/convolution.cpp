#include "conv/convolution.h"

#include <algorithm>

#include "conv/passes.h"
#include "tensor_view.h"

namespace depthwise {

Status correlate(const Correlation& c) {
  if (c.batch == 0) return {};  // images that do not exist may be of any size: nothing may be allocated for their rows
  return c.hasPlanes() ? correlateNchw(c) : correlateNhwc(c);
}

Status forward(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  const Correlation c{g.batch,
                      g.outChannels(),
                      {g.height, Pass::kForward},
                      {g.width, Pass::kForward},
                      {viewX(g, x), g.channels, g.multiplier},
                      filter,
                      {viewY(g, y), g.outChannels(), 1},
                      epilogue};
  return correlate(c);
}

Status inputGradient(const Geometry& g, const float* dy, const float* filter, float* dx) {
  const Correlation c{g.batch,
                      g.outChannels(),
                      {g.height, Pass::kInputGradient},
                      {g.width, Pass::kInputGradient},
                      {viewY(g, dy), g.outChannels(), 1},
                      filter,
                      {viewX(g, dx), g.channels, g.multiplier},
                      {}};
  return correlate(c);
}

void biasGradient(const Geometry& g, const float* dy, float* dbias) {
  // Some channels at a time: their sums stay near, and where channels are adjacent dy is read line by line.
  constexpr int kLanes = 16;
  const TensorView<const float> view = viewY(g, dy);
  for (int first = 0; first < g.outChannels(); first += kLanes) {
    const int lanes = std::min(kLanes, g.outChannels() - first);
    double sums[kLanes] = {};
    for (int image = 0; image < g.batch; ++image) {
      for (int row = 0; row < g.height.out; ++row) {
        const float* const pixels = view.pixel(image, row, 0);
        const auto add = [&](int column, int lane) {
          sums[lane] += pixels[static_cast<size_t>(column) * view.columnStride +
                               static_cast<size_t>(first + lane) * view.channelStride];
        };
        if (view.channelsAreAdjacent()) {
          for (int column = 0; column < g.width.out; ++column) {
            for (int lane = 0; lane < lanes; ++lane) add(column, lane);
          }
        } else {
          for (int lane = 0; lane < lanes; ++lane) {
            for (int column = 0; column < g.width.out; ++column) add(column, lane);
          }
        }
      }
    }
    for (int lane = 0; lane < lanes; ++lane) dbias[first + lane] = static_cast<float>(sums[lane]);
  }
}

}  // namespace depthwise
