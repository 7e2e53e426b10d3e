#include "forward.h"

#include "correlate.h"

namespace depthwise {

Status forward(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
  return correlate<ForwardPlan>({g.batch,
                                 g.outChannels(),
                                 g.height,
                                 g.width,
                                 {viewX(g, x), g.channels, g.multiplier},
                                 filter,
                                 {viewY(g, y), g.outChannels(), 1},
                                 epilogue});
}

}  // namespace depthwise
