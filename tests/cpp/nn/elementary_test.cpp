#include "nn/elementary.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace depthwise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Returns the largest relative difference of two functions at points from `low` to `high`.
template <class Got, class Wanted>
double maxError(double low, double high, int points, Got&& got, Wanted&& wanted) {
  double max = 0;
  for (int i = 0; i <= points; ++i) {
    const double x = low + (high - low) * i / points, want = wanted(x);
    const double difference = std::abs(got(x) - want);
    if (!(difference <= max * std::abs(want))) max = difference / std::abs(want);
  }
  return max;
}

double libraryExp(double x) { return std::exp(x); }
double libraryExpm1(double x) { return std::expm1(x); }
double libraryLog(double x) { return std::log(x); }
double libraryLog1p(double x) { return std::log1p(x); }
double libraryErfc(double x) { return std::erfc(x); }

TEST_CASE("Elementary: exp equals the C library's to 1e-13") {
  CHECK(maxError(-708, 708, 100001, elementary::exp, libraryExp) < 1e-13);
  CHECK(maxError(-2, 2, 100001, elementary::exp, libraryExp) < 1e-15);
  CHECK(elementary::exp(0) == 1);
  CHECK(elementary::exp(-0.0) == 1);
}

TEST_CASE("Elementary: expMinusOne equals the C library's to 1e-13, also for small results") {
  CHECK(maxError(-708, -1e-3, 100001, elementary::expMinusOne, libraryExpm1) < 1e-13);
  CHECK(maxError(1e-3, 708, 100001, elementary::expMinusOne, libraryExpm1) < 1e-13);
  CHECK(maxError(1e-300, 1e-290, 1001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(maxError(-1e-8, -1e-9, 1001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(maxError(-1.5, -0.1, 100001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(elementary::expMinusOne(0) == 0);
}

TEST_CASE("Elementary: log equals the C library's to 6e-16, also next to 1") {
  CHECK(maxError(1e-300, 1e-290, 10001, elementary::log, libraryLog) < 6e-16);
  CHECK(maxError(0x1p-62, 0.999, 100001, elementary::log, libraryLog) < 6e-16);
  CHECK(maxError(1.001, 100, 100001, elementary::log, libraryLog) < 6e-16);
  CHECK(maxError(1 - 1e-9, 1 - 1e-12, 1001, elementary::log, libraryLog) < 6e-16);
  CHECK(maxError(1 + 1e-12, 1 + 1e-9, 1001, elementary::log, libraryLog) < 6e-16);
  CHECK(elementary::log(1) == 0);
}

TEST_CASE("Elementary: logOnePlus equals the C library's to 2e-12 between 0 and 1") {
  CHECK(maxError(1e-6, 1, 100001, elementary::logOnePlus, libraryLog1p) < 2e-12);
  CHECK(maxError(1e-300, 1e-12, 1001, elementary::logOnePlus, libraryLog1p) < 1e-15);
  CHECK(elementary::logOnePlus(0) == 0);
}

TEST_CASE("Elementary: erfc equals the C library's to 3e-9, also in its tail") {
  CHECK(maxError(-6, 26, 100001, elementary::erfc, libraryErfc) < 3e-9);
}

TEST_CASE("Elementary: large arguments give the limit, and a NaN gives NaN") {
  for (const double far : {709.0, 1e4, 1e300, kInfinity}) {
    CHECK(elementary::exp(far) == kInfinity);
    CHECK(elementary::exp(-far) == 0);
    CHECK(elementary::expMinusOne(far) == kInfinity);
    CHECK(elementary::expMinusOne(-far) == -1);
    CHECK(elementary::erfc(far) == 0);
    CHECK(elementary::erfc(-far) == 2);
  }
  CHECK(std::isnan(elementary::exp(kNaN)));
  CHECK(std::isnan(elementary::expMinusOne(kNaN)));
  CHECK(std::isnan(elementary::log(kNaN)));
  CHECK(elementary::log(kInfinity) == kInfinity);
  CHECK(std::isnan(elementary::logOnePlus(kNaN)));
  CHECK(std::isnan(elementary::erfc(kNaN)));
}

}  // namespace
}  // namespace depthwise
