/**
 * The kernel calls that compute the outputs of a model, as a graph. compiled/layers.js describes each layer by such calls; compiled/step.js
 * runs them.
 */

/** The result of a call. `slot` is its number in the graph. */
export class Value {
  /** @param {number} slot */
  constructor(slot) {
    this.slot = slot;
  }
}

/**
 * An operand of a call: the result of another call, or a weight of a layer (a LayerVariable of tfjs-layers).
 *
 * @typedef {Value | { read(): any, write(tensor: any): void }} Operand
 *
 * @typedef {object} Call
 * @property {string | ((inputs: any) => any)} kernel the name of a kernel of the wasm backend, or a function from inputs to a result
 * @property {Record<string, Operand> | Operand[]} inputs
 * @property {any} attrs the attrs of the kernel, or a function from the inputs to the attrs, if they depend on the number of examples
 * @property {Value[]} results
 * @property {{ weight: any, value: Value }[]} writes the results that become the values of weights
 */

export class Graph {
  /** @type {Call[]} in an order in which each call follows its operands */
  calls = [];
  /** @type {Value[]} */
  inputs = [];
  /** @type {Value[]} */
  outputs = [];
  slots = 0;

  /** Returns a new value, which no call computes. */
  value() {
    return new Value(this.slots++);
  }

  /**
   * Adds a call, and returns it. An operand that is undefined or null is left out.
   *
   * @param {Call['kernel']} kernel
   * @param {Record<string, Operand | undefined | null> | Operand[]} inputs
   * @param {any} [attrs]
   * @param {number} [count] the number of results
   * @returns {Call}
   */
  add(kernel, inputs, attrs = {}, count = 1) {
    const given = Array.isArray(inputs)
      ? inputs
      : Object.fromEntries(Object.entries(inputs).filter(([, each]) => each));
    const results = Array.from({ length: count }, () => this.value());
    const call = { kernel, inputs: /** @type {Call['inputs']} */ (given), attrs, results, writes: [] };
    this.calls.push(call);
    return call;
  }

  /** Adds a call with one result, and returns the result. @param {Call['kernel']} kernel @param {any} [attrs] */
  call(kernel, inputs, attrs) {
    return this.add(kernel, inputs, attrs).results[0];
  }
}

/** The limits of the results of the activations that BatchNormTraining can compute. */
const LIMITS = { Relu: { low: 0, high: Infinity }, Relu6: { low: 0, high: 6 } };

/** Computes each relu and relu6 that alone reads a batch normalization together with it. */
export function fuseActivations(graph) {
  const readers = countReaders(graph);
  const normalizationOf = new Map();
  graph.calls = graph.calls.filter((call) => {
    if (call.kernel === 'BatchNormTraining') normalizationOf.set(call.results[0], call);
    const normalization = normalizationOf.get(call.inputs.x);
    if (!normalization || !LIMITS[call.kernel] || readers.get(call.inputs.x) > 1) return true;
    Object.assign(normalization, { results: call.results, attrs: { ...normalization.attrs, ...LIMITS[call.kernel] } });
    return false;
  });
}

/** Returns the number of operands and outputs that each value is. */
function countReaders({ calls, outputs }) {
  const readers = new Map();
  for (const value of [...calls.flatMap(({ inputs }) => Object.values(inputs)), ...outputs]) {
    readers.set(value, (readers.get(value) ?? 0) + 1);
  }
  return readers;
}
