#include "conv/passes.h"

#include <catch2/catch.hpp>

#include "grids.h"
#include "passes.h"

namespace depthwise {
namespace {

TEST_CASE("forward: filters of any size, stride, dilation and padding") {
  checkGrid(wrongForward, grids::filters(), 1);
}

TEST_CASE("forward: numeric padding and its rounding modes") { checkGrid(wrongForward, grids::roundings(), 2); }

TEST_CASE("forward: channels of any number, multipliers 1 to 5") { checkGrid(wrongForward, grids::channels(), 3); }

TEST_CASE("forward: batches of 0 to 4 images") { checkGrid(wrongForward, grids::batches(), 4); }

TEST_CASE("forward: images smaller than the filter") { checkGrid(wrongForward, grids::smallImages(), 5); }

TEST_CASE("forward: rows of several tiles") { checkGrid(wrongForward, grids::wideImages(), 6); }

TEST_CASE("forward: many channels, which are fusable in slices") { checkGrid(wrongForward, grids::manyChannels(), 9); }

TEST_CASE("forward: steps longer than the image") { checkGrid(wrongForward, grids::longSteps(), 7); }

}  // namespace
}  // namespace depthwise
