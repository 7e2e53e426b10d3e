#include "forward.h"

#include "correlate.h"
#include "correlate_planes.h"

namespace depthwise {

Status forward(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  const Correlation c{g.batch,
                      g.outChannels(),
                      g.height,
                      g.width,
                      {viewX(g, x), g.channels, g.multiplier},
                      filter,
                      {viewY(g, y), g.outChannels(), 1},
                      epilogue};
  return c.hasPlanes() ? correlatePlanes<ForwardPlan>(c) : correlate<ForwardPlan>(c);
}

}  // namespace depthwise
