#include "input_gradient.h"

#include "correlate.h"

namespace depthwise {

Status inputGradient(const Geometry& g, const float* dy, const float* filter, float* dx) {
  return correlate<InputGradientPlan>({g.batch,
                                       g.outChannels(),
                                       g.height,
                                       g.width,
                                       {viewY(g, dy), g.outChannels(), 1},
                                       filter,
                                       {viewX(g, dx), g.channels, g.multiplier},
                                       {}});
}

}  // namespace depthwise
