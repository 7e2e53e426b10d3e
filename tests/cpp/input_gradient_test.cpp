#include "conv/passes.h"

#include <catch2/catch.hpp>

#include "grids.h"
#include "passes.h"

namespace depthwise {
namespace {

TEST_CASE("input gradient: filters of any size, stride, dilation and padding") {
  checkGrid(wrongInputGradient, grids::filters(), 1);
}

TEST_CASE("input gradient: numeric padding and its rounding modes") {
  checkGrid(wrongInputGradient, grids::roundings(), 2);
}

TEST_CASE("input gradient: channels of any number, multipliers 1 to 5") {
  checkGrid(wrongInputGradient, grids::channels(), 3);
}

TEST_CASE("input gradient: batches of 0 to 4 images") { checkGrid(wrongInputGradient, grids::batches(), 4); }

TEST_CASE("input gradient: images smaller than the filter") { checkGrid(wrongInputGradient, grids::smallImages(), 5); }

TEST_CASE("input gradient: rows of several tiles") { checkGrid(wrongInputGradient, grids::wideImages(), 6); }

TEST_CASE("input gradient: many channels, which are fusable in slices") {
  checkGrid(wrongInputGradient, grids::manyChannels(), 9);
}

TEST_CASE("input gradient: steps longer than the image") { checkGrid(wrongInputGradient, grids::longSteps(), 7); }

// Looking through the taps for the one that meets an input would take stride·width steps here.
TEST_CASE("input gradient: a long stride together with a long filter is planned at once") {
  Random random(8);
  for (const double dilation : {1, 3}) {
    const Convolution wide = Convolution({1, 1, 120000, 1}, {1, 30000, 1, 1}).strides(1, 30000).dilations(1, dilation);
    CHECK(wrong(wrongInputGradient, wide, random) == "");
  }
  const Convolution high = Convolution({1, 120000, 1, 1}, {30000, 1, 1, 1}).strides(30001, 1).dilations(2, 1);
  CHECK(wrong(wrongInputGradient, high, random) == "");
}

}  // namespace
}  // namespace depthwise
