#pragma once

#include <set>
#include <string>
#include <vector>

#include "depthwise/geometry.h"

namespace depthwise {

/// Every axis of 1 to 9 inputs, up to 5 taps, strides and dilations up to 4 and up to 4 zeros before and after.
inline std::vector<Axis> smallAxes() {
  std::vector<Axis> all;
  for (int in = 1; in <= 9; ++in) {
    for (int taps = 1; taps <= 5; ++taps) {
      for (int stride = 1; stride <= 4; ++stride) {
        for (int dilation = 1; dilation <= (taps == 1 ? 1 : 4); ++dilation) {
          for (int before = 0; before <= 4; ++before) {
            std::set<int> outs;
            for (int after = 0; after <= 4; ++after) {
              const int space = in + before + after - (taps - 1) * dilation - 1;
              if (space < 0) continue;
              outs.insert(space / stride + 1);                 // rounded down
              outs.insert((space + stride - 1) / stride + 1);  // rounded up
            }
            for (int out : outs) all.push_back({in, out, taps, out == 1 ? 1 : stride, dilation, before});
          }
        }
      }
    }
  }
  return all;
}

inline std::string description(const Axis& a) {
  const auto field = [](const char* name, int value) { return std::string(name) + " " + std::to_string(value) + " "; };
  return field("in", a.in) + field("out", a.out) + field("taps", a.taps) + field("stride", a.stride) +
         field("dilation", a.dilation) + field("padBefore", a.padBefore);
}

}  // namespace depthwise
