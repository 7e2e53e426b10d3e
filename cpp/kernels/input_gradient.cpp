#include "input_gradient.h"

#include "correlation.h"

namespace depthwise {

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

}  // namespace depthwise
