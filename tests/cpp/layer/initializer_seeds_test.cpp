#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "initialized.h"

namespace depthwise {
namespace {

TEST_CASE("initializers: the same seed gives the same bits at every call, another one others") {
  for (const char* name : {"randomUniform", "randomNormal", "truncatedNormal", "varianceScaling", "glorotUniform",
                           "glorotNormal", "heUniform", "heNormal", "leCunUniform", "leCunNormal", "orthogonal"}) {
    INFO(name);
    const Dimensions shape{3, 3, 4, 2};
    for (const double seed : {0.0, 1.0, -1.0, 9007199254740991.0}) {
      const std::vector<float> first = values(named(name, seed), shape, 1);
      CHECK(first == values(named(name, seed), shape, 2));
      CHECK(first != values(named(name, seed == 5 ? 6 : 5), shape, 1));
    }
  }
}

TEST_CASE("initializers: the seed -1 is not the seed 1") {
  CHECK(values(named("randomNormal", -1), {8}) != values(named("randomNormal", 1), {8}));
}

TEST_CASE("initializers: without a seed the values are those of the entropy") {
  Initializer initializer = named("glorotUniform", 1);
  const std::vector<float> seeded = values(initializer, {3, 3, 4, 2});
  initializer.seed.reset();
  const std::vector<float> first = values(initializer, {3, 3, 4, 2}, 77);
  CHECK(first == values(initializer, {3, 3, 4, 2}, 77));
  CHECK(first != values(initializer, {3, 3, 4, 2}, 78));
  CHECK(first != seeded);
  CHECK(values(initializer, {3, 3, 4, 2}, 1) == seeded);
}

TEST_CASE("initializers: seed 7 has the same weights on every platform") {
  const auto check = [](const char* name, const std::vector<float>& expected) {
    INFO(name);
    CHECK(values(named(name, 7), {2, 1, 2, 1}) == expected);
  };
  check("glorotUniform", {-0x1.5ed77p-3f, -0x1.abbb9ep-4f, -0x1.aaba04p-7f, 0x1.a41f2cp-1f});
  check("glorotNormal", {-0x1.bb60ccp-1f, -0x1.2f780ap-7f, 0x1.2ac596p-1f, -0x1.7d8472p-6f});
  check("orthogonal", {-0x1.9c8866p-1f, -0x1.f6f1cep-2f, -0x1.583d3p-8f, 0x1.52e93p-2f});
}

}  // namespace
}  // namespace depthwise
