import { kernels as ours } from '../kernels.js';
import { hasKernels, isOurKernel, layerPrototype } from '../training/support.js';
import { graphOfModel } from './model-graph.js';
import { planOf } from './plan.js';
import { Step } from './step.js';

/**
 * The hook for compiled training. fit, fitDataset and trainOnBatch of tfjs-layers call `makeTrainFunction`. The function that the new method
 * returns records the whole model once on the tape: the kernels of the forward and the backward pass run by a plan. Loss, metrics,
 * regularizers and the optimizer are those of tfjs.
 *
 * @type {import('../training/hooks.js').Hook}
 */
export const compilationHook = {
  name: 'LayersModel.makeTrainFunction',
  target: (tf) => layerPrototype(tf, 'Model'),
  method: 'makeTrainFunction',
  replacement: (original, tf) =>
    /** @this {any} */
    function makeTrainFunction() {
      const eager = original.call(this);
      const plan = planOfModel(tf, this);
      if (!plan) return eager;
      return (data) =>
        supports(tf, plan, data.slice(0, this.inputs.length)) ? train(tf, this, plan, data) : eager(data);
    },
};

const warned = new WeakSet();

/** Returns the plan of the training of a model, or undefined for a model that cannot be compiled. */
function planOfModel(tf, model) {
  const { graph, unknown } = graphOfModel(tf, model);
  if (unknown.length === 0) return planOf(graph, model.collectedTrainableWeights);
  if (!warned.has(model)) {
    const names = unknown.map((layer) => `${layer.name} (${layer.getClassName()})`).join(', ');
    console.info(`depthwise-wasm: The training of ${model.name} is not compiled, because of these layers: ${names}.`);
    warned.add(model);
  }
  return undefined;
}

function supports(tf, { kernels }, inputs) {
  return (
    tf.getBackend() === 'wasm' &&
    kernels.every((name) => (Object.hasOwn(ours, name) ? isOurKernel(tf, name) : hasKernels(tf, name))) &&
    tf.engine().state.gradientDepth === 0 &&
    inputs.every(({ dtype, size }) => dtype === 'float32' && size > 0)
  );
}

/** Runs a training step as tfjs-layers does. Returns the loss and the metrics. */
function train(tf, model, plan, data) {
  const { inputs, outputs, lossFunctions, metricsTensors, collectedTrainableWeights, optimizer_: optimizer } = model;
  const step = new Step(tf, plan);
  const given = data.slice(0, inputs.length);
  const targets = data.slice(inputs.length, inputs.length + outputs.length);
  const sampleWeights = data.slice(inputs.length + outputs.length);
  const metrics = [];
  const totalLoss = () => {
    const predictions = record(tf, plan, step, given);
    const losses = lossFunctions.map((lossFunction, i) => {
      const loss = lossFunction(targets[i], predictions[i]);
      return sampleWeights[i] ? tf.mul(loss, sampleWeights[i]) : loss;
    });
    metricsTensors.forEach(([metric, output], i) => {
      const isLoss = outputs.length > 1 && i < outputs.length;
      metrics.push(tf.keep(tf.mean(isLoss ? losses[i] : metric(targets[output], predictions[output]))));
    });
    const loss = tf.mean(losses.reduce((a, b) => tf.add(a, b)));
    return model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), loss);
  };
  const variables = collectedTrainableWeights.map((weight) => weight.read());
  try {
    return [optimizer.minimize(totalLoss, true, variables), ...metrics];
  } catch (error) {
    tf.dispose(metrics);
    throw error;
  } finally {
    step.free();
  }
}

/** Computes the outputs of a model as one record of the tape. Returns them as tensors. */
function record(tf, { trained }, step, inputs) {
  const engine = tf.engine();
  const tensorOf = (info) => engine.makeTensorFromTensorInfo(info);
  const outputs = step.forward(inputs).map(tensorOf);
  const weights = Object.fromEntries(trained.map((weight, i) => [i, weight.read()]));
  const gradientsOf = (dys) => {
    const gradients = step.backward([dys].flat());
    return Object.fromEntries(gradients.map((gradient, i) => [i, () => tensorOf(gradient)]));
  };
  engine.addTapeNode('CompiledModel', weights, outputs, gradientsOf, [], {});
  return outputs;
}
