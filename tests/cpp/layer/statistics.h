#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

/// What a sample must look like to come from a distribution. Bounds are in standard errors, so they hold for any size
/// of sample; seeds are fixed, so a test that holds once holds always.
namespace depthwise {

struct Moments {
  double mean, deviation;
  double meanError;       ///< standard error of `mean`
  double deviationError;  ///< standard error of `deviation`, from the sample's fourth moment
};

template <class Number>
Moments momentsOf(std::span<const Number> sample) {
  const double n = static_cast<double>(sample.size());
  double mean = 0, second = 0, fourth = 0;
  for (const Number value : sample) mean += value / n;
  for (const Number value : sample) {
    const double square = (value - mean) * (value - mean);
    second += square / n;
    fourth += square * square / n;
  }
  const double deviation = std::sqrt(second);
  return {mean, deviation, deviation / std::sqrt(n), std::sqrt((fourth - second * second) / n) / (2 * deviation)};
}

/// Kolmogorov and Smirnov's distance between a sample and a distribution, times √n: above 1.95 once in 1000 samples,
/// above 2.5 once in 130000.
template <class Number, class Distribution>
double distanceFrom(Distribution&& distribution, std::span<const Number> sample) {
  std::vector<Number> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(sorted.size());
  double distance = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const double below = distribution(static_cast<double>(sorted[i])), rank = static_cast<double>(i);
    distance = std::max({distance, below - rank / n, (rank + 1) / n - below});
  }
  return distance * std::sqrt(n);
}

/// Probabilities of being below x.
inline double normalBelow(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
inline double truncatedBelow(double x) {
  return std::clamp((normalBelow(x) - normalBelow(-2)) / (normalBelow(2) - normalBelow(-2)), 0.0, 1.0);
}
inline double uniformBelow(double x) { return std::clamp(x, 0.0, 1.0); }

}  // namespace depthwise
