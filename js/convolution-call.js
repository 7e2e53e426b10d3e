import { kindError, nameOf, padOf, stepsOf } from './kinds.js';
import { withOperands } from './operand.js';

// cpp/geometry.h, ConvolutionArguments::Pad
const PAD_NAME = 0;
const PAD_NUMBER = 1;
const PAD_PAIRS = 2;

const ONE_STEP = [1];

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

  withOperands(functionName, call, required, optional, body) {
    const { inputs, attrs } = call ?? {};
    if (inputs === null || typeof inputs !== 'object') {
      throw kindError(functionName, 'inputs', `an object with ${required.join(' and ')}`, inputs);
    }
    if (attrs === null || typeof attrs !== 'object') throw kindError(functionName, 'attrs', 'an object', attrs);
    const values = {};
    for (const name of required) values[name] = inputs[name];
    for (const name of optional) {
      const value = inputs[name];
      if (value !== undefined && value !== null) values[name] = value;
    }
    return withOperands(this.#heap, functionName, values, (operands) => body(operands, attrs));
  }

  write(functionName, xShape, filterShape, attrs) {
    const strides = stepsOf(functionName, 'strides', attrs.strides, ONE_STEP);
    const dilations = stepsOf(functionName, 'dilations', attrs.dilations, ONE_STEP);
    const dataFormat = nameOf(functionName, 'dataFormat', attrs.dataFormat, 'NHWC');
    const dimRoundingMode = nameOf(functionName, 'dimRoundingMode', attrs.dimRoundingMode, undefined);
    const pad = padOf(functionName, attrs.pad);
    const block = this.#call
      .begin(functionName)
      .numbers(xShape)
      .numbers(filterShape)
      .numbers(strides)
      .numbers(dilations)
      .name(dataFormat);
    if (typeof pad === 'string') block.number(PAD_NAME).name(pad);
    else if (typeof pad === 'number') block.number(PAD_NUMBER).number(pad);
    else writePairs(block.number(PAD_PAIRS), pad);
    return block.optionalName(dimRoundingMode);
  }

  compute(functionName, check, kernel, operands) {
    const { shape, size } = this.#call.checkKernel(check);
    const addresses = operands.map((operand) => operand?.address() ?? 0);
    const result = this.#heap.allocate(functionName, shape, size);
    try {
      this.#call.run(functionName, kernel, ...addresses, this.#heap.addressOf(result));
    } catch (error) {
      this.#heap.discard(result);
      throw error;
    }
    return result;
  }
}

/** Only four pairs can be right; more are told by their number. */
function writePairs(block, pairs) {
  block.number(pairs.length);
  for (const pair of pairs.slice(0, 4)) block.numbers(pair);
}
