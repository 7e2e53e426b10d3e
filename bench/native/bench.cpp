#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "calls.h"
#if defined(DEPTHWISE_ONEDNN)
#include "onednn.h"
#endif

/// npm run bench:native: the time of the native library and, if it is installed, of oneDNN, on one thread.
///
/// The two take turns, and the shortest time of each counts. Before that, the results are compared. The output is one
/// line of tab-separated values for each call: kind, layer, pass, GF of this library, GF of oneDNN (- if it is
/// missing).
using namespace depthwise;

namespace {

/// Turns end after this many seconds for each call and candidate.
constexpr double kSeconds = 0.04;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Fills a tensor with numbers in [-1, 1).
void fill(Buffer<float>& tensor, int64_t size, uint32_t seed) {
  for (int64_t i = 0; i < size; ++i) {
    seed = seed * 1664525 + 1013904223;
    tensor[i] = static_cast<float>(static_cast<int32_t>(seed)) * 0x1p-31f;
  }
}

template <class Function>
double secondsOf(Function&& function) {
  const double start = now();
  function();
  return now() - start;
}

/// Returns the largest difference of two tensors, relative to the largest value.
double differenceOf(const Buffer<float>& a, const Buffer<float>& b, int64_t size) {
  double difference = 0, largest = 0;
  for (int64_t i = 0; i < size; ++i) {
    difference = std::max(difference, std::abs(double{a[i]} - double{b[i]}));
    largest = std::max(largest, std::abs(double{a[i]}));
  }
  return difference / largest;
}

bool measure(const Call& call) {
  Buffer<float> a(call.aSize), b(call.bSize), out(call.outSize);
  fill(a, call.aSize, 1);
  fill(b, call.bSize, 2);
  const auto own = [&] {
    if (!call.run(a.data(), b.data(), out.data())) std::abort();
  };
  own();
  double best = HUGE_VAL, bestOther = HUGE_VAL;
#if defined(DEPTHWISE_ONEDNN)
  OneDnnCall other(call, a.data(), b.data());
  other.run();
  Buffer<float> otherOut(call.outSize);
  other.read(otherOut.data());
  const double difference = differenceOf(out, otherOut, call.outSize);
  if (!(difference < 1e-4)) {
    std::fprintf(stderr, "%s: the result differs from oneDNN's by %g of the largest value\n", call.name.c_str(),
                 difference);
    return false;
  }
#endif
  for (const double end = now() + kSeconds; now() < end;) {
    best = std::min(best, secondsOf(own));
#if defined(DEPTHWISE_ONEDNN)
    bestOther = std::min(bestOther, secondsOf([&] { other.run(); }));
#endif
  }
  static constexpr const char* kPassNames[] = {"forward", "input gradient", "filter gradient"};
  std::printf("%s\t%s\t%s\t%.1f\t", call.isDense ? "dense" : "depthwise", call.name.c_str(),
              kPassNames[static_cast<int>(call.pass)], call.flops / best / 1e9);
  std::printf(std::isfinite(bestOther) ? "%.1f\n" : "-\n", call.flops / bestOther / 1e9);
  return true;
}

}  // namespace

int main() {
  std::vector<Call> calls = depthwiseCalls();
  for (const Call& call : denseCalls()) calls.push_back(call);
  bool areRight = true;
  for (const Call& call : calls) areRight = measure(call) && areRight;
  return areRight ? 0 : 1;
}
