import { makeExchange, meanOf } from './exchange.js';
import { makeData, makeModel } from './task.js';

/**
 * The part of each worker: it trains a copy of the model with its part of each batch. The backend is set before.
 *
 * @param {any} tf
 * @param {any} tfl the layers of tfjs
 * @param {{ index: number, ports: (MessagePort | undefined)[], report: MessagePort, options: import('./start.js').Options }} start
 */
export async function train(tf, tfl, { index, ports, report, options: { steps, batchSize, ...task } }) {
  const exchange = makeExchange(ports);
  const model = makeModel(tfl, task);
  const optimizer = tf.train.sgd(0.1);
  const variables = model.trainableWeights.map((weight) => weight.read());
  const [first] = await exchange(joined(variables));
  assign(tf, variables, first); // all workers begin with the weights of the first worker

  const part = batchSize / ports.length;
  for (let step = 0; step < steps; ++step) {
    const [x, y] = makeData(tf, { size: task.size, first: step * batchSize + index * part, count: part });
    const begin = performance.now();
    const { value, grads } = tf.variableGrads(() => {
      const predicted = model.apply(x, { training: true });
      return tf.losses.softmaxCrossEntropy(y, predicted);
    }, variables);
    const ofPart = [value, ...variables.map(({ name }) => grads[name])];
    const mean = meanOf(await exchange(joined(ofPart)));
    const [loss, ...gradients] = separated(tf, mean, ofPart);
    // All workers apply the same gradients to the same weights.
    optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i] })));
    if (index === 0) report.postMessage({ step, loss: loss.dataSync()[0], milliseconds: performance.now() - begin });
    tf.dispose([x, y, ofPart, loss, gradients]);
  }

  // The moving averages of batch normalization are those of each worker's pictures.
  const averages = model.nonTrainableWeights.map((weight) => weight.read());
  assign(tf, averages, meanOf(await exchange(joined(averages))));
  report.postMessage({ weights: joined(model.weights.map((weight) => weight.read())) });
}

/** Returns the values of tensors in one array. */
function joined(tensors) {
  const values = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.size, 0));
  let offset = 0;
  for (const tensor of tensors) {
    values.set(tensor.dataSync(), offset);
    offset += tensor.size;
  }
  return values;
}

/** Returns tensors with the values of an array, in the shapes of other tensors. */
function separated(tf, values, tensors) {
  let offset = 0;
  return tensors.map(({ shape, size }) => tf.tensor(values.slice(offset, (offset += size)), shape));
}

/** Sets the values of variables to those of an array. */
function assign(tf, variables, values) {
  const tensors = separated(tf, values, variables);
  variables.forEach((variable, i) => variable.assign(tensors[i]));
  tf.dispose(tensors);
}
