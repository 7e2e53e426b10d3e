#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

/// Ends the program with a message where something is not as it must be.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "consumer: %s\n", what);
  std::exit(1);
}

inline void checkClose(const std::vector<float>& got, const std::vector<double>& expected, const char* what) {
  check(got.size() == expected.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) check(std::abs(double{got[i]} - expected[i]) < 1e-4, what);
}

/// Some values of both signs, other ones for another `seed`.
inline std::vector<float> someValues(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 16) / 32768.0f - 1.0f;
  }
  return values;
}
