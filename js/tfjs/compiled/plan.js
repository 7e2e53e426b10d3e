import { kernelGradients } from './gradients.js';
import { Value } from './graph.js';

/**
 * What is known of a training step before it runs.
 *
 * @typedef {object} ForwardCall a call of the graph
 * @property {import('./graph.js').Call} call
 * @property {Value[]} reads the operands that are values
 *
 * @typedef {object} BackwardCall a call through which the backward pass goes
 * @property {import('./graph.js').Call} call
 * @property {import('./gradients.js').KernelGradient} gradient
 * @property {import('./graph.js').Operand[]} saved the operands and the results that the gradient reads. Missing operands are undefined
 * @property {Value[]} reads those of them that are values
 * @property {[string, import('./graph.js').Operand][]} differentiated the operands whose gradients are computed, with their names
 *
 * @typedef {object} Plan
 * @property {import('./graph.js').Graph} graph
 * @property {ForwardCall[]} forward in the order of the graph
 * @property {BackwardCall[]} backward in the order of the backward pass
 * @property {number[]} readers for each slot, how often the value is read: by calls of both passes, as an output, as the new value of a weight
 * @property {string[]} kernels the names of the kernels of both passes
 * @property {any[]} recordings of step.js, the last one first
 */

/**
 * Returns the plan of the training of weights.
 *
 * @param {import('./graph.js').Graph} graph
 * @param {import('./graph.js').Operand[]} weights
 * @returns {Plan}
 */
export function planOf(graph, weights) {
  const forward = graph.calls.map((call) => ({ call, reads: valuesIn(Object.values(call.inputs)) }));
  const needGradients = new Set(weights);
  const backward = [];
  for (const call of graph.calls) {
    const { kernel, inputs, results } = call;
    const differentiated = Object.entries(inputs).filter(([, operand]) => needGradients.has(operand));
    // The statistics of a batch have no gradient of their own: that of BatchNormTraining contains it.
    if (typeof kernel !== 'string' || differentiated.length === 0 || kernel === 'BatchNormStatistics') continue;
    for (const result of results) needGradients.add(result);
    const gradient = kernelGradients[kernel];
    const saved = savedOperands(call, gradient);
    backward.unshift({ call, gradient, saved, reads: valuesIn(saved), differentiated });
  }

  const writes = graph.calls.flatMap((call) => call.writes.map(({ value }) => value));
  const readers = Array(graph.slots).fill(0);
  const reads = [...forward, ...backward].flatMap(({ reads }) => reads);
  for (const { slot } of [...reads, ...graph.outputs, ...writes]) ++readers[slot];

  const forwardKernels = graph.calls.map(({ kernel }) => kernel).filter((kernel) => typeof kernel === 'string');
  const gradientKernels = backward.flatMap(({ gradient }) => gradient.needs);
  return {
    ...{ graph, forward, backward, readers },
    kernels: [...new Set([...forwardKernels, ...gradientKernels, 'Add'])],
    recordings: [],
  };
}

/**
 * Returns the operands and the results that the gradient of a call reads.
 *
 * @param {import('./graph.js').Call} call
 * @param {import('./gradients.js').KernelGradient} gradient
 */
function savedOperands({ inputs, results }, { inputsToSave = [], outputsToSave = [] }) {
  return [...inputsToSave.map((name) => inputs[name]), ...results.filter((_, i) => outputsToSave[i])];
}

function valuesIn(operands) {
  return operands.filter((operand) => operand instanceof Value);
}
