#include "input_gradient.h"

#include "correlate.h"
#include "correlate_planes.h"

namespace depthwise {

Status inputGradient(const Geometry& g, const float* dy, const float* filter, float* dx) {
  const Correlation c{g.batch,
                      g.outChannels(),
                      g.height,
                      g.width,
                      {viewY(g, dy), g.outChannels(), 1},
                      filter,
                      {viewX(g, dx), g.channels, g.multiplier},
                      {}};
  return c.hasPlanes() ? correlatePlanes<InputGradientPlan>(c) : correlate<InputGradientPlan>(c);
}

}  // namespace depthwise
