import { kernelGradients } from './gradients.js';
import { Value } from './graph.js';

/**
 * What is known of a training step before it runs.
 *
 * @typedef {object} Plan
 * @property {import('./graph.js').Graph} graph
 * @property {import('./graph.js').Call[]} backward the calls through which the backward pass goes, in its order
 * @property {(operand: import('./graph.js').Operand) => boolean} needsGradient returns whether an operand is a trained weight or depends on one
 * @property {import('./graph.js').Operand[]} trained the trained weights that the graph reads
 * @property {number[]} readers for each slot, how often the value is read: by calls of both passes, as an output, as the new value of a weight
 * @property {string[]} kernels the names of the kernels of both passes
 */

/**
 * Returns the plan of the training of weights.
 *
 * @param {import('./graph.js').Graph} graph
 * @param {import('./graph.js').Operand[]} weights
 * @returns {Plan}
 */
export function planOf(graph, weights) {
  const differentiated = new Set(weights);
  const needsGradient = (operand) => differentiated.has(operand);
  const backward = graph.calls.filter(({ kernel, inputs, results }) => {
    const isDifferentiated = typeof kernel === 'string' && Object.values(inputs).some(needsGradient);
    // The statistics of a batch have no gradient of their own: that of BatchNormTraining contains it.
    if (!isDifferentiated || kernel === 'BatchNormStatistics') return false;
    for (const result of results) differentiated.add(result);
    return true;
  });
  backward.reverse();

  const operands = graph.calls.flatMap(({ inputs }) => Object.values(inputs));
  const writes = graph.calls.flatMap((call) => call.writes.map(({ value }) => value));
  const trained = weights.filter((weight) => operands.includes(weight));
  const readers = Array(graph.slots).fill(0);
  const reads = [operands, backward.flatMap(savedOperands), graph.outputs, writes].flat();
  for (const operand of reads) if (operand instanceof Value) ++readers[operand.slot];

  const forwardKernels = graph.calls.map(({ kernel }) => kernel).filter((kernel) => typeof kernel === 'string');
  const gradientKernels = backward.flatMap(({ kernel }) => kernelGradients[/** @type {string} */ (kernel)].needs);
  return {
    graph,
    backward,
    needsGradient,
    trained,
    readers,
    kernels: [...new Set([...forwardKernels, ...gradientKernels, 'Add'])],
  };
}

/** Returns the operands and the results that the gradient of a call reads. Missing operands are undefined, or left out. */
export function savedOperands({ kernel, inputs, results }) {
  const { inputsToSave = [], outputsToSave = [] } = kernelGradients[kernel];
  return [...inputsToSave.map((name) => inputs[name]), ...results.filter((_, i) => outputsToSave[i])];
}
