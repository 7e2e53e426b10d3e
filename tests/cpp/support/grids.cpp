#include "support/grids.h"

#include <utility>

namespace depthwise::grids {
namespace {

using Pair = std::pair<int64_t, int64_t>;

void addBothLayouts(std::vector<Convolution>& all, Convolution convolution) {
  all.push_back(convolution);
  all.push_back(convolution.nchw());
}

}  // namespace

std::vector<Convolution> filters() {
  std::vector<Convolution> all;
  for (const auto& [rows, columns] :
       {Pair{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {1, 3}, {3, 1}, {1, 7}, {5, 1}, {2, 5}, {7, 4}}) {
    for (const auto& [down, right] : {Pair{1, 1}, {2, 2}, {3, 3}, {1, 2}, {3, 1}}) {
      for (const auto& [high, wide] : {Pair{1, 1}, {2, 2}, {3, 3}, {2, 1}, {1, 3}}) {
        Convolution base({1, 9, 11, 5}, {rows, columns, 5, 1});
        base.strides(down, right).dilations(high, wide);
        all.push_back(base.same());
        const bool fits = (rows - 1) * high < 9 && (columns - 1) * wide < 11;
        if (fits) all.push_back(base.valid());
        all.push_back(base.pad(9));
        if (fits) all.push_back(base.pad(0, 3, 2, 1).nchw());
      }
    }
  }
  return all;
}

std::vector<Convolution> roundings() {
  std::vector<Convolution> all;
  for (const Rounding mode : {Rounding::kFloor, Rounding::kRound, Rounding::kCeil}) {
    for (int64_t stride : {1, 2, 3, 4, 7}) {
      for (int64_t dilation : {1, 2}) {
        for (int64_t size : {5, 6, 7, 8}) {
          Convolution base({1, size, size + 1, 4}, {3, 2, 4, 1});
          base.strides(stride).dilations(dilation).rounding(mode);
          for (int64_t pad : {0, 1, 3}) addBothLayouts(all, base.pad(pad));
          addBothLayouts(all, base.pad(2, 0, 0, 3));
          addBothLayouts(all, base.pad(0, 1, 4, 0));
        }
      }
    }
  }
  return all;
}

std::vector<Convolution> channels() {
  std::vector<Convolution> all;
  std::vector<int64_t> counts;
  for (int64_t count = 1; count <= 24; ++count) counts.push_back(count);
  counts.insert(counts.end(), {33, 256, 512});
  for (int64_t count : counts) {
    for (int64_t multiplier : {1, 2, 3, 4, 5}) {
      if (count * multiplier > 1024) continue;
      addBothLayouts(all, Convolution({2, 4, 5, count}, {3, 3, count, multiplier}).same());
      addBothLayouts(all, Convolution({1, 6, 7, count}, {5, 4, count, multiplier}).strides(2, 1).same());
      addBothLayouts(all, Convolution({1, 6, 9, count}, {1, 4, count, multiplier}).strides(1, 2).dilations(2).pad(1));
    }
  }
  return all;
}

std::vector<Convolution> batches() {
  std::vector<Convolution> all;
  for (int64_t batch : {0, 1, 2, 3, 4}) {
    for (int64_t count : {3, 8}) {
      for (int64_t multiplier : {1, 2}) {
        addBothLayouts(all, Convolution({batch, 6, 5, count}, {3, 3, count, multiplier}).same());
        addBothLayouts(all, Convolution({batch, 6, 5, count}, {4, 5, count, multiplier}).strides(2));
      }
    }
  }
  return all;
}

std::vector<Convolution> smallImages() {
  std::vector<Convolution> all;
  for (int64_t height : {1, 2, 3}) {
    for (int64_t width : {1, 2, 4}) {
      for (int64_t taps : {3, 5, 7}) {
        for (int64_t stride : {1, 2, 3}) {
          for (int64_t dilation : {1, 2, 3}) {
            Convolution base({1, height, width, 4}, {taps, taps, 4, 1});
            base.strides(stride).dilations(dilation);
            addBothLayouts(all, base.same());
            all.push_back(base.pad((taps - 1) * dilation));
            all.push_back(base.pad(2 * taps * dilation, 0, 0, 2 * taps * dilation));
          }
        }
      }
    }
  }
  return all;
}

std::vector<Convolution> wideImages() {
  std::vector<Convolution> all;
  for (int64_t width : {64, 65, 131, 200}) {
    for (int64_t count : {3, 4, 6, 64, 256}) {
      if (width * count > 20000) continue;
      for (int64_t stride : {1, 2, 3}) {
        for (int64_t dilation : {1, 2, 3}) {
          Convolution base({1, 3, width, count}, {2, 5, count, 1});
          addBothLayouts(all, base.strides(1, stride).dilations(1, dilation).same());
        }
      }
    }
  }
  all.push_back(Convolution({1, 2, 150, 3}, {1, 7, 3, 3}).same());
  all.push_back(Convolution({2, 90, 150, 4}, {3, 3, 4, 1}).strides(2).same());
  return all;
}

std::vector<Convolution> manyChannels() {
  std::vector<Convolution> all;
  for (int64_t count : {176, 199, 240}) {
    for (int64_t taps : {3, 5}) {
      const Convolution base({1, 14, 17, count}, {taps, taps, count, 1});
      all.push_back(Convolution(base).same());
      all.push_back(Convolution(base).dilations(2).same());
      all.push_back(Convolution(base).pad(3, 0, 7, 2));
      all.push_back(Convolution({2, 29, 33, count}, {taps, taps, count, 1}).strides(2).same());
    }
  }
  all.push_back(Convolution({1, 10, 70, 80}, {4, 3, 80, 1}).same());
  return all;
}

std::vector<Convolution> longSteps() {
  constexpr int64_t kLong = 1 << 30;
  std::vector<Convolution> all;
  for (int64_t count : {2, 4, 256}) {
    addBothLayouts(all, Convolution({1, 4, 5, count}, {3, 3, count, 1}).strides(kLong));
    addBothLayouts(all, Convolution({1, 4, 5, count}, {3, 3, count, 1}).strides(kLong).same());
    addBothLayouts(all,
                   Convolution({1, 4, 5, count}, {3, 3, count, 1}).strides(kLong).pad(0).rounding(Rounding::kCeil));
    addBothLayouts(all, Convolution({1, 4, 5, count}, {1, 1, count, 1}).dilations(kLong));
    addBothLayouts(all, Convolution({1, 4, 5, count}, {1, 3, count, 1}).dilations(1, kLong / 4 - 1).same());
    // Both long, and without a common divisor: stride times dilation is near 2^58.
    addBothLayouts(all, Convolution({1, 1, 3, count}, {1, 2, count, 1})
                            .strides(1, kLong / 2 - 2)
                            .dilations(1, kLong / 2 - 1)
                            .pad(0, 0, kLong / 2, kLong / 2 - 3));
  }
  return all;
}

}  // namespace depthwise::grids
