#include "nn/optimizers.h"

#include "nn/parts.h"
#include "nn/vector_loop.h"

namespace depthwise {
namespace {

/// Four elements of the operands. An update step replaces `value` and `state` by their new values.
template <int States>
struct Vectors {
  f32x4 value;
  f32x4 gradient;
  std::array<f32x4, States> state;
};

/// Applies `update` to all elements.
template <int States, class Update>
DEPTHWISE_INLINE void updateAll(const UpdateStep<States>& step, const Update& update) {
  const bool isInPlace = step.inputs[0] == step.outputs[0];
  const auto updatePart = [step, update](ptrdiff_t first, int count) {
    forEachVector<LastVector>(ptrdiff_t{count}, [&](auto vector, ptrdiff_t inPart) {
      const ptrdiff_t at = first + inPart;
      Vectors<States> four;
      four.value = vector.load(step.inputs[0] + at);
      four.gradient = vector.load(step.inputs[1] + at);
      unroll<States>([&](auto k) { four.state[k] = vector.load(step.inputs[2 + k] + at); });
      update(four);
      vector.store(step.outputs[0] + at, four.value);
      unroll<States>([&](auto k) { vector.store(step.outputs[1 + k] + at, four.state[k]); });
    });
  };
  forElements(step.size, 3 + 2 * States, updatePart, isInPlace);
}

/// A moving average: moves `average` towards a sample.
class Decay {
 public:
  explicit Decay(double decay) : decay_(splat(float(decay))), rest_(splat(float(1 - decay))) {}

  f32x4 operator()(f32x4 average, f32x4 sample) const { return add(mul(average, decay_), mul(sample, rest_)); }

 private:
  f32x4 decay_, rest_;
};

DEPTHWISE_INLINE f32x4 square(f32x4 a) { return mul(a, a); }

/// Returns the larger of a and b, or NaN if one of them is NaN.
DEPTHWISE_INLINE f32x4 maxOrNaN(f32x4 a, f32x4 b) { return ifThenElse(isNaN(b), b, max(a, b)); }

}  // namespace

void sgdUpdate(float c, const UpdateStep<0>& step) {
  const f32x4 factor = splat(c);
  updateAll(step, [=](Vectors<0>& w) { w.value = add(mul(factor, w.gradient), w.value); });
}

void momentumUpdate(float c, float momentum, const UpdateStep<1>& step) {
  const f32x4 factor = splat(c), decay = splat(momentum);
  updateAll(step, [=](Vectors<1>& w) {
    f32x4& accumulation = w.state[0];
    accumulation = add(mul(decay, accumulation), w.gradient);
    w.value = add(mul(factor, accumulation), w.value);
  });
}

void nesterovMomentumUpdate(float c, float momentum, const UpdateStep<1>& step) {
  const f32x4 factor = splat(c), decay = splat(momentum);
  updateAll(step, [=](Vectors<1>& w) {
    f32x4& accumulation = w.state[0];
    accumulation = add(mul(decay, accumulation), w.gradient);
    w.value = add(mul(factor, add(w.gradient, mul(accumulation, decay))), w.value);
  });
}

void adamUpdate(const AdamConfig& config, float accBeta1, float accBeta2, const UpdateStep<2>& step) {
  const Decay towardsGradient(config.beta1), towardsSquare(config.beta2);
  const f32x4 firstBias = splat(1 - accBeta1), secondBias = splat(1 - accBeta2);
  const f32x4 epsilon = splat(float(config.epsilon)), factor = splat(float(-config.learningRate));
  updateAll(step, [=](Vectors<2>& w) {
    auto& [firstMoment, secondMoment] = w.state;
    firstMoment = towardsGradient(firstMoment, w.gradient);
    secondMoment = towardsSquare(secondMoment, square(w.gradient));
    const f32x4 size = add(squareRoot(divide(secondMoment, secondBias)), epsilon);
    w.value = add(mul(divide(divide(firstMoment, firstBias), size), factor), w.value);
  });
}

void adamaxUpdate(const AdamaxConfig& config, float accBeta1, float iteration, const UpdateStep<2>& step) {
  const Decay towardsGradient(config.beta1);
  const f32x4 beta2 = splat(float(config.beta2)), epsilon = splat(float(config.epsilon));
  const float rate = float(-config.learningRate) / (iteration * float(config.decay) + 1);
  const f32x4 factor = splat(rate / (1 - accBeta1));
  updateAll(step, [=](Vectors<2>& w) {
    auto& [firstMoment, weightedInfNorm] = w.state;
    firstMoment = towardsGradient(firstMoment, w.gradient);
    weightedInfNorm = maxOrNaN(absolute(w.gradient), mul(weightedInfNorm, beta2));
    w.value = add(mul(factor, divide(firstMoment, add(weightedInfNorm, epsilon))), w.value);
  });
}

void rmsPropUpdate(const RmsPropConfig& config, const UpdateStep<2>& step) {
  const Decay decay(config.decay);
  const f32x4 rate = splat(float(config.learningRate)), momentum = splat(float(config.momentum));
  const f32x4 epsilon = splat(float(config.epsilon));
  updateAll(step, [=](Vectors<2>& w) {
    auto& [meanSquare, moments] = w.state;
    meanSquare = decay(meanSquare, square(w.gradient));
    const f32x4 size = squareRoot(add(meanSquare, epsilon));
    moments = add(mul(moments, momentum), divide(mul(w.gradient, rate), size));
    w.value = subtract(w.value, moments);
  });
}

void centeredRmsPropUpdate(const RmsPropConfig& config, const UpdateStep<3>& step) {
  const Decay decay(config.decay);
  const f32x4 rate = splat(float(config.learningRate)), momentum = splat(float(config.momentum));
  const f32x4 epsilon = splat(float(config.epsilon));
  updateAll(step, [=](Vectors<3>& w) {
    auto& [meanSquare, moments, meanGrad] = w.state;
    meanSquare = decay(meanSquare, square(w.gradient));
    meanGrad = decay(meanGrad, w.gradient);
    const f32x4 size = squareRoot(subtract(meanSquare, add(square(meanGrad), epsilon)));
    moments = add(mul(moments, momentum), divide(mul(w.gradient, rate), size));
    w.value = subtract(w.value, moments);
  });
}

void adagradUpdate(double learningRate, double epsilon, const UpdateStep<1>& step) {
  const f32x4 factor = splat(float(-learningRate)), small = splat(float(epsilon));
  updateAll(step, [=](Vectors<1>& w) {
    f32x4& accumulatedGrad = w.state[0];
    accumulatedGrad = add(accumulatedGrad, square(w.gradient));
    w.value = add(mul(divide(w.gradient, squareRoot(add(accumulatedGrad, small))), factor), w.value);
  });
}

void adadeltaUpdate(const AdadeltaConfig& config, const UpdateStep<2>& step) {
  const Decay decay(config.rho);
  const f32x4 epsilon = splat(float(config.epsilon)), factor = splat(float(-config.learningRate));
  updateAll(step, [=](Vectors<2>& w) {
    auto& [accumulatedGrad, accumulatedUpdate] = w.state;
    const f32x4 ratio = divide(squareRoot(add(accumulatedUpdate, epsilon)), squareRoot(add(accumulatedGrad, epsilon)));
    const f32x4 change = mul(ratio, w.gradient);
    accumulatedGrad = decay(accumulatedGrad, square(w.gradient));
    accumulatedUpdate = decay(accumulatedUpdate, square(change));
    w.value = add(mul(change, factor), w.value);
  });
}

}  // namespace depthwise
