#include <catch2/catch.hpp>

#include "support/environment.h"
#include "support/passes.h"

/// All passes with random geometries. The environment variable DEPTHWISE_RANDOM_CASES sets their number, DEPTHWISE_SEED
/// the first seed. A case that fails prints its seed.
namespace depthwise {
namespace {

constexpr int kDefaultCases = 5000;
/// Multiplications in one pass, so that a case takes about a millisecond.
constexpr int64_t kMaxProducts = 60000;

struct RandomAxis {
  int64_t size, taps, stride, dilation, before, after;

  explicit RandomAxis(Random& random)
      : size(random.oneIn(8) ? random.within(40, 150) : random.within(1, 20)),
        taps(random.within(1, 7)),
        stride(random.oneIn(16) ? random.within(4, 30) : random.within(1, 3)),
        dilation(random.oneIn(16) ? random.within(4, 12) : random.within(1, 3)),
        before(random.within(0, 6)),
        after(random.within(0, 6)) {}
};

Convolution randomConvolution(Random& random) {
  RandomAxis height(random), width(random);
  if (random.oneIn(2)) {  // the same for both axes, as in most models
    width.taps = height.taps;
    width.stride = height.stride;
    width.dilation = height.dilation;
  }
  const int64_t batch = random.oneIn(16) ? 0 : random.within(1, 4);
  const int64_t channels = random.oneIn(8) ? random.oneOf(std::array{33, 64, 256, 512}) : random.within(1, 24);
  const int64_t multiplier = random.oneIn(2) ? 1 : random.within(2, 5);
  Convolution c({batch, height.size, width.size, channels}, {height.taps, width.taps, channels, multiplier});
  c.strides(height.stride, width.stride).dilations(height.dilation, width.dilation);
  const auto mode = [&] { return random.oneOf(std::array{Rounding::kFloor, Rounding::kRound, Rounding::kCeil}); };
  switch (random.within(0, 3)) {
    case 0:
      c.same();
      break;
    case 1:
      break;
    case 2:
      c.pad(height.before).rounding(mode());
      break;
    default:
      c.pad(height.before, height.after, width.before, width.after).rounding(mode());
  }
  if (random.oneIn(2)) c.nchw();
  return c;
}

int64_t productsOf(const Geometry& g) {
  return elementCount(g.yShape()) * g.height.taps * g.width.taps + elementCount(g.xShape());
}

/// Returns the first random convolution that is valid and small enough.
Convolution computableConvolution(Random& random) {
  for (;;) {
    const Convolution c = randomConvolution(random);
    const Result<Geometry> geometry = makeGeometry(c.params());
    if (geometry && productsOf(*geometry) <= kMaxProducts) return c;
  }
}

Values randomValues(Random& random) {
  return random.oneOf(std::array{Values::kIntegers, Values::kIntegers, Values::kFractions, Values::kSpecials});
}

TEST_CASE("random cases: all passes agree with the oracle") {
  const int cases = numberFromEnvironment("DEPTHWISE_RANDOM_CASES", kDefaultCases);
  const int firstSeed = numberFromEnvironment("DEPTHWISE_SEED", 1);
  for (int i = 0; i < cases; ++i) {
    const int seed = firstSeed + i;
    Random random(static_cast<uint32_t>(seed));
    const Convolution convolution = computableConvolution(random);
    INFO("DEPTHWISE_SEED=" << seed << " DEPTHWISE_RANDOM_CASES=1: " << convolution.description());
    const Values values = randomValues(random);
    CHECK(wrongPasses(Problem(geometryOf(convolution), random, values, random.within(0, 15))) == "");
  }
}

}  // namespace
}  // namespace depthwise
