#include <catch2/catch.hpp>

#include <algorithm>

#include "conv/convolution.h"
#include "support/accuracy.h"
#include "support/compare.h"
#include "support/convolution.h"
#include "support/grids.h"
#include "support/passes.h"

/// What only the loop nests of NHWC have: slices of channels, packed rows, sums of blocks of rows. convolution_test.cpp
/// tests all passes in both layouts.
namespace depthwise {
namespace {

TEST_CASE("NHWC: every pass is exact with many channels, which are computed in slices") {
  checkGrid(wrongPasses, grids::manyChannels(), 9);
}

TEST_CASE("NHWC: every pass is exact with column strides that collide in the cache") {
  std::vector<Convolution> grid;
  for (const int64_t channels : {256, 512, 1024}) {
    grid.push_back(Convolution({1, 7, 7, channels}, {3, 3, channels, 1}).same());
    grid.push_back(Convolution({2, 14, 14, channels}, {3, 3, channels, 1}).strides(2).same());
    grid.push_back(Convolution({1, 7, 9, channels}, {5, 5, channels, 1}).dilations(2).same());
    grid.push_back(Convolution({1, 7, 7, channels / 2}, {3, 3, channels / 2, 2}).same());
  }
  checkGrid(wrongPasses, grid, 10);
}

TEST_CASE("NHWC: the filter gradient adds each block of rows once, for any number of channels") {
  Random random(11);
  for (int64_t channels = 4; channels <= 9; ++channels) {
    CHECK(wrong(wrongFilterGradient, Convolution({3, 50, 5, channels}, {3, 3, channels, 1}).same(), random) == "");
  }
}

TEST_CASE("NHWC: the filter gradient reads only rows and columns of the image ahead") {
  // Images that are read at once, images whose rows are read before each row group, two tiles of columns, and output
  // rows that use no row of the image.
  checkGrid(
      wrongFilterGradient,
      {Convolution({2, 9, 9, 32}, {3, 3, 32, 1}).same(), Convolution({2, 34, 34, 32}, {3, 3, 32, 1}).strides(2).same(),
       Convolution({1, 12, 140, 32}, {3, 3, 32, 1}).same(),
       Convolution({1, 34, 34, 32}, {3, 3, 32, 1}).strides(3).pad(7, 8, 0, 2)},
      14);
}

TEST_CASE("NHWC: the filter gradient adds each range of images or rows once") {
  Random random(12);
  for (const int64_t batch : {1, 2, 3, 4, 5, 9, 33}) {
    for (const int64_t multiplier : {1, 2}) {
      for (const int64_t height : {1, 8, 31}) {
        const Convolution base({batch, height, 30, 5}, {3, 2, 5, multiplier});
        CHECK(wrong(wrongFilterGradient, Convolution(base).same(), random) == "");
        CHECK(wrong(wrongFilterGradient, Convolution(base).strides(2).same(), random) == "");
      }
    }
  }
}

TEST_CASE("NHWC: the filter gradient of 800,000 positive terms has a relative error below 5e-6") {
  CHECK(filterGradientError(Convolution({8, 316, 316, 4}, {1, 3, 4, 1}).same()) < 5e-6);
  CHECK(filterGradientError(Convolution({16000, 7, 7, 4}, {1, 1, 4, 1})) < 5e-6);
}

}  // namespace
}  // namespace depthwise
