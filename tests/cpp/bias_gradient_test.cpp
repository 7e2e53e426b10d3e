#include "conv/passes.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "convolution.h"
#include "guarded_tensor.h"
#include "random.h"

namespace depthwise {
namespace {

TEST_CASE("bias gradient: each channel's sum over all pixels, in both layouts") {
  Random random(1);
  for (const int channels : {1, 3, 15, 16, 17, 40}) {
    for (const int batch : {0, 1, 3}) {
      for (const bool nchw : {false, true}) {
        Convolution convolution({double(batch), 4, 5, double(channels)}, {2, 1, double(channels), 1});
        if (nchw) convolution.nchw();
        INFO(convolution.description());
        const Geometry g = geometryOf(convolution);
        GuardedTensor dy(g.yShape(), 3), dbias(channels, 5);
        std::vector<float> sums(static_cast<size_t>(channels));
        for (size_t i = 0; i < dy.size(); ++i) {
          dy[i] = static_cast<float>(random.within(-9, 9));
          const size_t position = nchw ? i / 15 : i;
          sums[position % sums.size()] += dy[i];
        }
        biasGradient(g, dy.data(), dbias.data());
        CHECK(dbias.guardsAreIntact());
        CHECK(std::vector<float>(dbias.values().begin(), dbias.values().end()) == sums);
      }
    }
  }
}

TEST_CASE("bias gradient: long sums do not lose digits, and NaN stays in its channel") {
  const Geometry g = geometryOf(Convolution({1, 1000, 1000, 2}, {1, 1, 2, 1}));
  std::vector<float> dy(2000000, 0.1f), dbias(2);
  biasGradient(g, dy.data(), dbias.data());
  CHECK(dbias[0] == Approx(1e6 * double{0.1f}).epsilon(1e-7));
  CHECK(dbias[1] == dbias[0]);
  dy[1001] = std::nanf("");
  biasGradient(g, dy.data(), dbias.data());
  CHECK(std::isnan(dbias[1]));
  CHECK_FALSE(std::isnan(dbias[0]));
}

}  // namespace
}  // namespace depthwise
