import { kernels as ours } from '../kernels.js';
import { applyInPlace } from '../training/optimizers.js';
import { hasKernels, isOurKernel } from '../training/support.js';
import { planOfModel } from './plan-of-model.js';
import { Step } from './step.js';

/**
 * Returns the `makeTrainFunction` for compiled training. fit, fitDataset and trainOnBatch of tfjs-layers call this method. In the function that
 * it returns, the kernels of the forward and the backward pass of the model run by a plan. Loss, metrics, regularizers and the optimizer are
 * those of tfjs; the tape of tfjs records the loss only.
 *
 * @param {Function} original of tfjs
 * @param {any} tf
 */
export function compiledTraining(original, tf) {
  /** @this {any} */
  return function makeTrainFunction() {
    const eager = original.call(this);
    const { plan, layers, unknown } = planOfModel(tf, this);
    const reason = plan ? reasonOfOptimizer(tf, this.optimizer_) : `of these layers: ${namesOf(unknown)}`;
    if (!plan || reason) {
      informOnce(this, reason);
      return eager;
    }
    return (data) => (supports(tf, plan, this, data) ? train(tf, this, plan, layers, data) : eager(data));
  };
}

const informed = new WeakSet();

/** Says once why a model is not compiled. */
function informOnce(model, reason) {
  if (informed.has(model)) return;
  console.info(`depthwise-wasm: The training of ${model.name} is not compiled, because ${reason}.`);
  informed.add(model);
}

function namesOf(layers) {
  return layers.map((layer) => `${layer.name} (${layer.getClassName()})`).join(', ');
}

/** Compiled training calls applyGradients only. */
function reasonOfOptimizer(tf, optimizer) {
  const method = ['minimize', 'computeGradients'].find((name) => optimizer[name] !== tf.Optimizer.prototype[name]);
  return method && `of its optimizer: ${optimizer.getClassName()} replaces ${method}`;
}

/** The names of kernels for which tfjs keeps packed copies of weights. If tfjs's own kernel is registered, weights must not change in place. */
const PACKING_KERNELS = ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'];

function supports(tf, { kernels }, { inputs }, data) {
  return (
    tf.getBackend() === 'wasm' &&
    kernels.every((name) => (Object.hasOwn(ours, name) ? isOurKernel(tf, name) : hasKernels(tf, name))) &&
    tf.engine().state.gradientDepth === 0 &&
    data.slice(0, inputs.length).every(({ dtype, size }) => dtype === 'float32' && size > 0)
  );
}

/** Runs a training step as tfjs-layers does. Returns the loss and the metrics. */
function train(tf, model, plan, layers, data) {
  const { inputs, collectedTrainableWeights: weights, optimizer_: optimizer } = model;
  const engine = tf.engine();
  const variables = weights.map((weight) => weight.read());
  const step = new Step(tf, plan);
  /** @type {any[][]} */
  const [results, temporary] = [[], []];
  const tensorOf = (info) => {
    temporary.push(engine.makeTensorFromTensorInfo(info));
    return temporary.at(-1);
  };
  try {
    const outputs = step.forward(data.slice(0, inputs.length)).map(tensorOf);
    const totalLoss = () => lossOf(tf, model, layers, outputs, data.slice(inputs.length), results);
    const { value: loss, grads } = engine.gradients(totalLoss, [...outputs, ...variables], undefined, true);
    results.unshift(loss);
    temporary.push(grads);
    const dys = grads.splice(0, outputs.length);
    temporary.push(dys);
    // Regularizers, and losses that read weights, give gradients of weights.
    step.backward(dys, new Map(grads.map((gradient, i) => [weights[i], gradient])));
    const gradients = variables.map(({ trainable }, i) => (trainable ? step.gradientOf(weights[i]) : undefined));
    if (!gradients.some(Boolean)) {
      throw new Error(`Error in ${model.name}: the loss does not depend on a weight that is trained`);
    }
    const named = variables.map(({ name }, i) => ({ name, tensor: gradients[i] }));
    if (!PACKING_KERNELS.every((name) => isOurKernel(tf, name)) || !applyInPlace(optimizer, named)) {
      optimizer.applyGradients(
        named.map(({ name, tensor }) => ({ name, tensor: tensor && tensorOf(step.share(tensor)) })),
      );
    }
    return results;
  } catch (error) {
    tf.dispose(results);
    throw error;
  } finally {
    tf.dispose(temporary);
    step.free();
  }
}

/** Returns the loss of the outputs of a model, and adds the metrics to a list. */
function lossOf(tf, model, layers, predictions, targetsAndSampleWeights, metrics) {
  const { outputs, lossFunctions, metricsTensors } = model;
  const targets = targetsAndSampleWeights.slice(0, outputs.length);
  const sampleWeights = targetsAndSampleWeights.slice(outputs.length);
  const losses = lossFunctions.map((lossFunction, i) => {
    const loss = lossFunction(targets[i], predictions[i]);
    return sampleWeights[i] ? tf.mul(loss, sampleWeights[i]) : loss;
  });
  metricsTensors.forEach(([metric, output], i) => {
    const isLoss = outputs.length > 1 && i < outputs.length;
    metrics.push(tf.keep(tf.mean(isLoss ? losses[i] : metric(targets[output], predictions[output]))));
  });
  const loss = tf.mean(losses.reduce((a, b) => tf.add(a, b)));
  // calculateLosses takes 0.1 ms for MobileNetV1.
  const penalties = layers.some(({ layer }) => layer.losses.length > 0) ? model.calculateLosses() : [];
  return penalties.reduce((sum, penalty) => tf.add(sum, penalty), loss);
}
