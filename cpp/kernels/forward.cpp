#include "forward.h"

#include "correlation.h"

namespace depthwise {

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

}  // namespace depthwise
