#include "depthwise/convolution.h"

#include "convolution_input.h"
#include "require.h"
#include "target.h"

/// inputGradient against the oracle, twice: scratch memory that is used again must not show.
namespace depthwise::fuzz {

void run(FuzzedDataProvider& bytes) {
  const std::optional<Geometry> geometry = smallGeometry(bytes);
  if (!geometry) return;
  const Geometry& g = *geometry;
  const int shift = bytes.ConsumeIntegralInRange(0, 15);
  GuardedTensor dy(g.yShape(), shift), filter(g.filterShape(), shift + 3), dx(g.xShape(), shift + 6),
      again(g.xShape(), shift + 6);
  for (GuardedTensor* tensor : {&dy, &filter}) fill(*tensor, bytes);
  require(bool(inputGradient(g, dy.data(), filter.data(), dx.data())), "out of memory");
  requireAgreement(dx, oracle::inputGradient(g, dy.values(), filter.values()),
                   {dy.values(), filter.values(), double(g.height.taps) * g.width.taps * g.multiplier}, "dx is wrong");
  require(bool(inputGradient(g, dy.data(), filter.data(), again.data())), "out of memory");
  requireSame(dx, again, "dx is another the second time");
}

}  // namespace depthwise::fuzz
