import { kindError, nameOf, numberOf, padOf, shapeOf, stepsOf } from './kinds.js';
import { withOperands } from './operand.js';

// cpp/geometry.h, ConvolutionArguments::Pad
const PAD_NAME = 0;
const PAD_NUMBER = 1;
const PAD_PAIRS = 2;

const ONE_STEP = [1];

/**
 * The four kernels under tfjs's names. Each has the same four parts: what it was given is of the right kind; the rest is checked in
 * C++, which answers with the shape of the result; the result is allocated; the kernel runs.
 */
export class Kernels {
  #heap;
  #call;

  constructor(heap, call) {
    this.#heap = heap;
    this.#call = call;
  }

  forward(functionName, call) {
    return this.#withOperands(functionName, call, ['x', 'filter'], [], ({ x, filter }, attrs) => {
      this.#writeConvolution(functionName, x.shape, filter.shape, attrs);
      return this.#compute(functionName, 'checkForward', 'forward', [x, filter]);
    });
  }

  fusedForward(functionName, call) {
    const optional = ['bias', 'preluActivationWeights'];
    return this.#withOperands(functionName, call, ['x', 'filter'], optional, (operands, attrs) => {
      const { x, filter, bias, preluActivationWeights } = operands;
      const activation = nameOf(functionName, 'activation', attrs.activation, 'linear');
      const alpha = numberOf(functionName, 'leakyreluAlpha', attrs.leakyreluAlpha, 0.2);
      this.#writeConvolution(functionName, x.shape, filter.shape, attrs)
        .name(activation)
        .number(alpha)
        .optionalNumbers(bias?.shape)
        .optionalNumbers(preluActivationWeights?.shape);
      return this.#compute(functionName, 'checkFusedForward', 'fusedForward', [
        x,
        filter,
        bias,
        preluActivationWeights,
      ]);
    });
  }

  inputGradient(functionName, call) {
    return this.#withOperands(functionName, call, ['dy', 'filter'], [], ({ dy, filter }, attrs) => {
      const inputShape = shapeOf(functionName, 'inputShape', attrs.inputShape);
      this.#writeConvolution(functionName, inputShape, filter.shape, attrs).numbers(dy.shape);
      return this.#compute(functionName, 'checkInputGradient', 'inputGradient', [dy, filter]);
    });
  }

  filterGradient(functionName, call) {
    return this.#withOperands(functionName, call, ['x', 'dy'], [], ({ x, dy }, attrs) => {
      const filterShape = shapeOf(functionName, 'filterShape', attrs.filterShape);
      this.#writeConvolution(functionName, x.shape, filterShape, attrs).numbers(dy.shape);
      return this.#compute(functionName, 'checkFilterGradient', 'filterGradient', [x, dy]);
    });
  }

  #withOperands(functionName, call, required, optional, body) {
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

  #writeConvolution(functionName, xShape, filterShape, attrs) {
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

  #compute(functionName, check, kernel, operands) {
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
