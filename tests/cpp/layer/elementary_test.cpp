#include "nn/elementary.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace depthwise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The largest relative difference of two functions at the points from `low` to `high`.
template <class Got, class Wanted>
double worst(double low, double high, int points, Got&& got, Wanted&& wanted) {
  double worst = 0;
  for (int i = 0; i <= points; ++i) {
    const double x = low + (high - low) * i / points, want = wanted(x);
    const double difference = std::abs(got(x) - want);
    if (!(difference <= worst * std::abs(want))) worst = difference / std::abs(want);
  }
  return worst;
}

double libraryExp(double x) { return std::exp(x); }
double libraryExpm1(double x) { return std::expm1(x); }
double libraryLog(double x) { return std::log(x); }
double libraryLog1p(double x) { return std::log1p(x); }
double libraryErfc(double x) { return std::erfc(x); }

TEST_CASE("elementary: exp is the C library's to 1e-13") {
  CHECK(worst(-708, 708, 100001, elementary::exp, libraryExp) < 1e-13);
  CHECK(worst(-2, 2, 100001, elementary::exp, libraryExp) < 1e-15);
  CHECK(elementary::exp(0) == 1);
  CHECK(elementary::exp(-0.0) == 1);
}

TEST_CASE("elementary: expMinusOne is the C library's to 1e-13, however small the result") {
  CHECK(worst(-708, -1e-3, 100001, elementary::expMinusOne, libraryExpm1) < 1e-13);
  CHECK(worst(1e-3, 708, 100001, elementary::expMinusOne, libraryExpm1) < 1e-13);
  CHECK(worst(1e-300, 1e-290, 1001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(worst(-1e-8, -1e-9, 1001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(worst(-1.5, -0.1, 100001, elementary::expMinusOne, libraryExpm1) < 1e-15);
  CHECK(elementary::expMinusOne(0) == 0);
}

TEST_CASE("elementary: log is the C library's to 6e-16, also beside 1") {
  CHECK(worst(1e-300, 1e-290, 10001, elementary::log, libraryLog) < 6e-16);
  CHECK(worst(0x1p-62, 0.999, 100001, elementary::log, libraryLog) < 6e-16);
  CHECK(worst(1.001, 100, 100001, elementary::log, libraryLog) < 6e-16);
  CHECK(worst(1 - 1e-9, 1 - 1e-12, 1001, elementary::log, libraryLog) < 6e-16);
  CHECK(worst(1 + 1e-12, 1 + 1e-9, 1001, elementary::log, libraryLog) < 6e-16);
  CHECK(elementary::log(1) == 0);
}

TEST_CASE("elementary: logOnePlus is the C library's to 2e-12 between 0 and 1") {
  CHECK(worst(1e-6, 1, 100001, elementary::logOnePlus, libraryLog1p) < 2e-12);
  CHECK(worst(1e-300, 1e-12, 1001, elementary::logOnePlus, libraryLog1p) < 1e-15);
  CHECK(elementary::logOnePlus(0) == 0);
}

TEST_CASE("elementary: erfc is the C library's to 3e-9, in its tail too") {
  CHECK(worst(-6, 26, 100001, elementary::erfc, libraryErfc) < 3e-9);
}

TEST_CASE("elementary: far arguments give the limit, and a NaN stays one") {
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
