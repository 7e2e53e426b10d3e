#include "conv/passes.h"

#include <catch2/catch.hpp>

#include "grids.h"
#include "passes.h"

namespace depthwise {
namespace {

TEST_CASE("filter gradient: filters of any size, stride, dilation and padding") {
  checkGrid(wrongFilterGradient, grids::filters(), 1);
}

TEST_CASE("filter gradient: numeric padding and its rounding modes") {
  checkGrid(wrongFilterGradient, grids::roundings(), 2);
}

TEST_CASE("filter gradient: channels of any number, multipliers 1 to 5") {
  checkGrid(wrongFilterGradient, grids::channels(), 3);
}

TEST_CASE("filter gradient: batches of 0 to 4 images") { checkGrid(wrongFilterGradient, grids::batches(), 4); }

TEST_CASE("filter gradient: images smaller than the filter") {
  checkGrid(wrongFilterGradient, grids::smallImages(), 5);
}

TEST_CASE("filter gradient: rows of several tiles") { checkGrid(wrongFilterGradient, grids::wideImages(), 6); }

TEST_CASE("filter gradient: many channels, which are fusable in slices") {
  checkGrid(wrongFilterGradient, grids::manyChannels(), 9);
}

TEST_CASE("filter gradient: steps longer than the image") { checkGrid(wrongFilterGradient, grids::longSteps(), 7); }

}  // namespace
}  // namespace depthwise
