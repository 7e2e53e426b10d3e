#pragma once

#include <array>

/// The update steps of the optimizers of tfjs: elementwise functions that compute the new value of a variable, and the
/// new state that the optimizer keeps for this variable.
///
/// The operations and their order are those of tfjs, and each operation rounds to float32. So the results have the same
/// bits as the results of tfjs. A NaN in the gradient or in the state makes the new value NaN.
///
/// All formulas are in float32. They abbreviate: w = value, g = gradient, a' = the new value of a, r = learningRate.
namespace depthwise {

/// The operands of an update step, with `size` elements each. The inputs are the value, the gradient and the state, in
/// the order of the formulas. The outputs are the new value and the new state. They may replace all inputs of which
/// they are the new values.
template <int States>
struct UpdateStep {
  int size;
  std::array<const float*, 2 + States> inputs;
  std::array<float*, 1 + States> outputs;
};

/// Computes w' = c·g + w, where c is the negative learning rate.
void sgdUpdate(float c, const UpdateStep<0>& step);

/// Computes a' = momentum·a + g and w' = c·a' + w, where c is the negative learning rate.
void momentumUpdate(float c, float momentum, const UpdateStep<1>& step);

/// Computes a' = momentum·a + g and w' = c·(g + a'·momentum) + w, where c is the negative learning rate.
void nesterovMomentumUpdate(float c, float momentum, const UpdateStep<1>& step);

struct AdamConfig {
  double learningRate, beta1, beta2, epsilon;
};

/// Computes m' = m·beta1 + g·(1 − beta1), v' = v·beta2 + g²·(1 − beta2) and
/// w' = m' / (1 − accBeta1) / (√(v' / (1 − accBeta2)) + epsilon) · −r + w.
///
/// @param accBeta1 beta1^t in step t, counted from 1
/// @param accBeta2 beta2^t
void adamUpdate(const AdamConfig& config, float accBeta1, float accBeta2, const UpdateStep<2>& step);

struct AdamaxConfig {
  double learningRate, beta1, beta2, epsilon, decay;
};

/// Computes m' = m·beta1 + g·(1 − beta1), v' = max(v·beta2, |g|) and
/// w' = −r / (iteration·decay + 1) / (1 − accBeta1) · (m' / (v' + epsilon)) + w.
///
/// @param accBeta1 beta1^t in step t, counted from 1
/// @param iteration t − 1
void adamaxUpdate(const AdamaxConfig& config, float accBeta1, float iteration, const UpdateStep<2>& step);

struct RmsPropConfig {
  double learningRate, decay, momentum, epsilon;
};

/// Computes s' = s·decay + g²·(1 − decay), m' = m·momentum + g·r / √(s' + epsilon) and w' = w − m'.
void rmsPropUpdate(const RmsPropConfig& config, const UpdateStep<2>& step);

/// Computes s' = s·decay + g²·(1 − decay), a' = a·decay + g·(1 − decay),
/// m' = m·momentum + g·r / √(s' − (a'² + epsilon)) and w' = w − m'. The state is s, m, a.
void centeredRmsPropUpdate(const RmsPropConfig& config, const UpdateStep<3>& step);

/// Computes a' = a + g² and w' = g / √(a' + epsilon) · −r + w.
void adagradUpdate(double learningRate, double epsilon, const UpdateStep<1>& step);

struct AdadeltaConfig {
  double learningRate, rho, epsilon;
};

/// Computes d = √(u + epsilon) / √(a + epsilon) · g, a' = a·rho + g²·(1 − rho), u' = u·rho + d²·(1 − rho) and
/// w' = d·−r + w. The state is a, u. As in tfjs, d uses a and not a'.
void adadeltaUpdate(const AdadeltaConfig& config, const UpdateStep<2>& step);

}  // namespace depthwise
