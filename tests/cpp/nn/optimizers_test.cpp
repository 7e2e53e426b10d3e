#include "nn/optimizers.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/oracle.h"
#include "support/random.h"

// The definitions are in float64. tests/js/tfjs/training/optimizers.test.js compares the bits with those of tfjs.
namespace depthwise {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// The roundings of the operations of a step, besides those of the sum.
constexpr int kRoundings = 24;

/// A number as the sum of its terms, with their magnitudes.
struct Sum {
  double value, magnitude;

  Sum(std::initializer_list<double> terms) : value(0), magnitude(0) {
    for (const double term : terms) {
      value += term;
      magnitude += std::abs(term);
    }
  }
};

/// The new value, then the new state.
template <int States>
using Results = std::array<Sum, 1 + States>;

enum class Outputs { New, InPlace };

/// Compares an update step with its definition. `run` takes an UpdateStep; `definition` takes w, g and the state as
/// float64 and returns Results.
template <int States, class Run, class Definition>
void check(Run run, Definition definition) {
  Random random(1);
  for (int size = 0; size <= 21; ++size) {
    for (const Outputs outputs : {Outputs::New, Outputs::InPlace}) {
      INFO(size << " elements" << (outputs == Outputs::InPlace ? ", in place" : ""));
      // Value, gradient, state.
      std::deque<GuardedTensor> inputs, results;
      for (int i = 0; i < 2 + States; ++i) {
        GuardedTensor& input = inputs.emplace_back(size, random.within(0, 15));
        // Values and gradients of both signs. The states are positive, as the means of squares are, and no mean of
        // squares is smaller than the square of a mean.
        for (float& each : input.values())
          each = i < 2 ? 2 * random.unit() - 1 : i < 4 ? 1 + random.unit() : random.unit();
      }
      for (int i = 0; i < 1 + States; ++i) results.emplace_back(size, random.within(0, 15));
      std::vector expected(1 + States, oracle::Sums(size));
      for (size_t i = 0; i < size_t(size); ++i) {
        std::array<double, States> state;
        for (size_t k = 0; k < States; ++k) state[k] = double(inputs[2 + k][i]);
        const Results<States> sums = definition(double(inputs[0][i]), double(inputs[1][i]), state);
        for (size_t k = 0; k <= States; ++k) {
          expected[k].values[i] = sums[k].value;
          expected[k].magnitudes[i] = sums[k].magnitude;
        }
      }
      UpdateStep<States> step{size, inputs[0].data(), inputs[1].data(), {}, results[0].data(), {}};
      if (outputs == Outputs::InPlace) step.newValue = inputs[0].data();
      for (size_t k = 0; k < States; ++k) {
        step.state[k] = inputs[2 + k].data();
        step.newState[k] = outputs == Outputs::InPlace ? inputs[2 + k].data() : results[1 + k].data();
      }
      run(step);
      for (size_t k = 0; k <= States; ++k) {
        const float* got = k == 0 ? step.newValue : step.newState[k - 1];
        CHECK(difference("result " + std::to_string(k), {got, size_t(size)}, expected[k], kRoundings) == "");
      }
      for (const auto* tensors : {&inputs, &results}) {
        for (const GuardedTensor& tensor : *tensors) CHECK(tensor.guardsAreIntact());
      }
    }
  }
}

TEST_CASE("Update of SGD") {
  check<0>([](const auto& step) { sgdUpdate(-0.25f, step); },
           [](double w, double g, auto) {
             return Results<0>{Sum{w, -0.25 * g}};
           });
}

TEST_CASE("Updates of momentum and of Nesterov momentum") {
  check<1>([](const auto& step) { momentumUpdate(-0.25f, 0.75f, step); },
           [](double w, double g, auto state) {
             const double a = 0.75 * state[0];
             return Results<1>{Sum{w, -0.25 * a, -0.25 * g}, Sum{a, g}};
           });
  check<1>([](const auto& step) { nesterovMomentumUpdate(-0.25f, 0.75f, step); },
           [](double w, double g, auto state) {
             const double a = 0.75 * state[0];
             return Results<1>{Sum{w, -0.25 * g, -0.25 * 0.75 * a, -0.25 * 0.75 * g}, Sum{a, g}};
           });
}

TEST_CASE("Update of Adam") {
  constexpr AdamConfig kConfig{.learningRate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-3};
  check<2>([&](const auto& step) { adamUpdate(kConfig, 0.75f, 0.96875f, step); },
           [&](double w, double g, auto state) {
             const auto [learningRate, beta1, beta2, epsilon] = kConfig;
             const Sum m{beta1 * state[0], (1 - beta1) * g}, v{beta2 * state[1], (1 - beta2) * g * g};
             const double factor = -learningRate / 0.25 / (std::sqrt(v.value / 0.03125) + epsilon);
             return Results<2>{Sum{w, factor * beta1 * state[0], factor * (1 - beta1) * g}, m, v};
           });
}

TEST_CASE("Update of Adamax") {
  constexpr AdamaxConfig kConfig{.learningRate = 0.01, .beta1 = 0.9, .beta2 = 0.5, .epsilon = 1e-3, .decay = 0.1};
  check<2>([&](const auto& step) { adamaxUpdate(kConfig, 0.75f, 3, step); },
           [&](double w, double g, auto state) {
             const auto [learningRate, beta1, beta2, epsilon, decay] = kConfig;
             const double v = std::max(beta2 * state[1], std::abs(g));
             const double factor = -learningRate / (3 * decay + 1) / 0.25 / (v + epsilon);
             return Results<2>{Sum{w, factor * beta1 * state[0], factor * (1 - beta1) * g},
                               Sum{beta1 * state[0], (1 - beta1) * g}, Sum{v}};
           });
}

constexpr RmsPropConfig kRmsProp{.learningRate = 0.01, .decay = 0.9, .momentum = 0.8, .epsilon = 1e-3};

TEST_CASE("Updates of RMSProp, plain and centered") {
  check<2>([](const auto& step) { rmsPropUpdate(kRmsProp, step); },
           [](double w, double g, auto state) {
             const auto [learningRate, decay, momentum, epsilon] = kRmsProp;
             const Sum s{decay * state[0], (1 - decay) * g * g};
             const double old = momentum * state[1], added = learningRate * g / std::sqrt(s.value + epsilon);
             return Results<2>{Sum{w, -old, -added}, s, Sum{old, added}};
           });
  check<3>([](const auto& step) { centeredRmsPropUpdate(kRmsProp, step); },
           [](double w, double g, auto state) {
             const auto [learningRate, decay, momentum, epsilon] = kRmsProp;
             const Sum s{decay * state[0], (1 - decay) * g * g}, a{decay * state[2], (1 - decay) * g};
             const double variance = s.value - (a.value * a.value + epsilon);
             const double old = momentum * state[1], added = learningRate * g / std::sqrt(variance);
             return Results<3>{Sum{w, -old, -added}, s, Sum{old, added}, a};
           });
}

TEST_CASE("Updates of Adagrad and Adadelta") {
  check<1>([](const auto& step) { adagradUpdate(0.01, 1e-3, step); },
           [](double w, double g, auto state) {
             const Sum a{state[0], g * g};
             return Results<1>{Sum{w, -0.01 * g / std::sqrt(a.value + 1e-3)}, a};
           });
  constexpr AdadeltaConfig kConfig{.learningRate = 0.5, .rho = 0.95, .epsilon = 1e-3};
  check<2>([&](const auto& step) { adadeltaUpdate(kConfig, step); },
           [&](double w, double g, auto state) {
             const auto [learningRate, rho, epsilon] = kConfig;
             const double d = std::sqrt((state[1] + epsilon) / (state[0] + epsilon)) * g;
             return Results<2>{Sum{w, -learningRate * d}, Sum{rho * state[0], (1 - rho) * g * g},
                               Sum{rho * state[1], (1 - rho) * d * d}};
           });
}

TEST_CASE("Update of Adamax: the norm is NaN where the old norm or the gradient is") {
  const std::array value{1.0f, 1.0f, 1.0f}, gradient{kNaN, 1.0f, 1.0f}, m{0.0f, 0.0f, 0.0f}, v{1.0f, kNaN, 1.0f};
  std::array<float, 3> newValue, newM, newV;
  adamaxUpdate({.learningRate = 0.1, .beta1 = 0.9, .beta2 = 0.9, .epsilon = 1e-7, .decay = 0}, 0.9f, 0,
               {3, value.data(), gradient.data(), {m.data(), v.data()}, newValue.data(), {newM.data(), newV.data()}});
  for (size_t i = 0; i < 3; ++i) {
    CHECK(std::isnan(newV[i]) == (i < 2));
    CHECK(std::isnan(newValue[i]) == (i < 2));
  }
}

}  // namespace
}  // namespace depthwise
