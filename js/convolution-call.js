import { kindError, nameOf, padOf, stepsOf } from './kinds.js';
import { addressesOf, withOperands } from './operand.js';

// cpp/geometry.h, ConvolutionArguments::Pad
const PAD_NAME = 0;
const PAD_NUMBER = 1;
const PAD_PAIRS = 2;

const ONE_STEP = [1];

/**
 * @typedef {object} Kernel
 * @property {string[]} inputs the names of its operands, in the order in which it takes their addresses
 * @property {number} required so many of them must be given
 * @property {string} check the function of the module that checks what `write` has written
 * @property {string} run the function that computes
 * @property {(call: import('./call.js').Call, functionName: string, operands: any[], attrs: any) => void} write
 *   reads attrs, which may run code of the caller's, and then writes them and the shapes of the operands
 */

/**
 * What all kernels that are convolutions have in common, in four parts: what was given is of the right kind; the rest is checked in C++,
 * which answers with the shape of the result; the result is allocated; the kernel runs.
 *
 * `heap` makes operands and results: js/heap.js, and for TensorFlow.js js/tfjs/backend-heap.js.
 */
export class ConvolutionCall {
  #heap;
  #call;

  constructor(heap, call) {
    this.#heap = heap;
    this.#call = call;
  }

  /** @param {Kernel} kernel */
  run(kernel, functionName, call) {
    const { inputs, attrs } = call ?? {};
    if (inputs === null || typeof inputs !== 'object') {
      const required = kernel.inputs.slice(0, kernel.required);
      throw kindError(functionName, 'inputs', `an object with ${required.join(' and ')}`, inputs);
    }
    if (attrs === null || typeof attrs !== 'object') throw kindError(functionName, 'attrs', 'an object', attrs);
    const values = kernel.inputs.map((name) => inputs[name]);
    return withOperands(this.#heap, functionName, kernel, values, (operands) => {
      kernel.write(this.#call, functionName, operands, attrs);
      const { shape, size } = this.#call.check(kernel.check);
      return this.#compute(kernel, functionName, operands, shape, size);
    });
  }

  #compute(kernel, functionName, operands, shape, size) {
    const heap = this.#heap;
    const addresses = addressesOf(heap, functionName, kernel.inputs, operands);
    const result = heap.allocate(functionName, shape, size);
    try {
      this.#call.run(functionName, kernel.run, ...addresses, heap.addressOf(result));
    } catch (error) {
      heap.discard(result);
      throw error;
    }
    return result;
  }
}

/** @param {import('./call.js').Call} call */
export function writeConvolution(call, functionName, xShape, filterShape, attrs) {
  const strides = stepsOf(functionName, 'strides', attrs.strides, ONE_STEP);
  const dilations = stepsOf(functionName, 'dilations', attrs.dilations, ONE_STEP);
  const dataFormat = nameOf(functionName, 'dataFormat', attrs.dataFormat, 'NHWC');
  const dimRoundingMode = nameOf(functionName, 'dimRoundingMode', attrs.dimRoundingMode, undefined);
  const pad = padOf(functionName, attrs.pad);
  const block = call.begin(functionName).numbers(xShape).numbers(filterShape).numbers(strides).numbers(dilations);
  block.name(dataFormat);
  if (typeof pad === 'string') block.number(PAD_NAME).name(pad);
  else if (typeof pad === 'number') block.number(PAD_NUMBER).number(pad);
  else writePairs(block.number(PAD_PAIRS), pad);
  return block.optionalName(dimRoundingMode);
}

/** Only four pairs can be right; more are told by their number. */
function writePairs(block, pairs) {
  block.number(pairs.length);
  for (const pair of pairs.slice(0, 4)) block.numbers(pair);
}
