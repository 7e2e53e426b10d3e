#include "correlation.h"

namespace depthwise {

Status correlate(const Correlation& c) {
  if (c.batch == 0) return {};  // images that do not exist may be of any size: nothing may be allocated for their rows
  return c.hasPlanes() ? correlatePlanes(c) : correlatePixels(c);
}

}  // namespace depthwise
