#pragma once

#include <set>
#include <string>
#include <vector>

#include "geometry.h"
#include "support/axis_oracle.h"

namespace depthwise {

/// Every axis of 1 to 9 inputs, up to 5 taps, strides and dilations up to 4 and up to 4 zeros before and after.
inline std::vector<Axis> smallAxes() {
  std::vector<Axis> all;
  for (int32_t in = 1; in <= 9; ++in) {
    for (int32_t taps = 1; taps <= 5; ++taps) {
      for (int32_t stride = 1; stride <= 4; ++stride) {
        for (int32_t dilation = 1; dilation <= (taps == 1 ? 1 : 4); ++dilation) {
          for (int32_t before = 0; before <= 4; ++before) {
            std::set<int32_t> outs;
            for (int32_t after = 0; after <= 4; ++after) {
              for (const char* rounding : {"floor", "ceil"}) {
                const auto sizes = oracle::padded(in, taps, stride, dilation, before, after, rounding);
                if (sizes) outs.insert(static_cast<int32_t>(sizes->out));
              }
            }
            for (int32_t out : outs) all.push_back({in, out, taps, out == 1 ? 1 : stride, dilation, before});
          }
        }
      }
    }
  }
  return all;
}

inline std::string description(const Axis& a) {
  const auto field = [](const char* name, int32_t value) {
    return std::string(name) + " " + std::to_string(value) + " ";
  };
  return field("in", a.in) + field("out", a.out) + field("taps", a.taps) + field("stride", a.stride) +
         field("dilation", a.dilation) + field("padBefore", a.padBefore);
}

}  // namespace depthwise
