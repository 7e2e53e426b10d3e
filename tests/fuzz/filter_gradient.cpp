#include "depthwise/convolution.h"

#include "convolution_input.h"
#include "require.h"
#include "target.h"

/// filterGradient and biasGradient against the oracle.
namespace depthwise::fuzz {
namespace {

/// dbias as an oracle's sums, of dy times 1.
oracle::Sums biasSums(const Geometry& g, std::span<const float> dy) {
  oracle::Sums sums(g.outChannels());
  const size_t channels = static_cast<size_t>(g.outChannels());
  const size_t plane = static_cast<size_t>(g.height.out) * static_cast<size_t>(g.width.out);
  for (size_t i = 0; i < dy.size(); ++i) {
    sums.add(g.layout == Layout::kNhwc ? i % channels : i / plane % channels, double{dy[i]});
  }
  return sums;
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const std::optional<Geometry> geometry = smallGeometry(bytes);
  if (!geometry) return;
  const Geometry& g = *geometry;
  const int shift = bytes.ConsumeIntegralInRange(0, 15);
  GuardedTensor x(g.xShape(), shift), dy(g.yShape(), shift + 3), dfilter(g.filterShape(), shift + 6),
      dbias(g.outChannels(), shift + 1);
  for (GuardedTensor* tensor : {&x, &dy}) fill(*tensor, bytes);
  const double terms = double(g.batch) * g.height.out * g.width.out;
  require(bool(filterGradient(g, x.data(), dy.data(), dfilter.data())), "out of memory");
  requireAgreement(dfilter, oracle::filterGradient(g, x.values(), dy.values()), {x.values(), dy.values(), terms},
                   "dfilter is wrong");
  biasGradient(g, dy.data(), dbias.data());
  const float one[] = {1};
  requireAgreement(dbias, biasSums(g, dy.values()), {dy.values(), one, terms + 1}, "dbias is wrong");
}

}  // namespace depthwise::fuzz
