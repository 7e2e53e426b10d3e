import { ConvolutionCall, writeConvolution } from './convolution-call.js';
import { nameOf, numberOf, shapeOf } from './kinds.js';

/** @import { Kernel } from './convolution-call.js' */

/** @type {Kernel} */
const FORWARD = {
  inputs: ['x', 'filter'],
  required: 2,
  check: 'checkForward',
  run: 'forward',
  write(call, functionName, [x, filter], attrs) {
    writeConvolution(call, functionName, x.shape, filter.shape, attrs);
  },
};

/** @type {Kernel} */
const FUSED_FORWARD = {
  inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
  required: 2,
  check: 'checkFusedForward',
  run: 'fusedForward',
  write(call, functionName, [x, filter, bias, preluActivationWeights], attrs) {
    const activation = nameOf(functionName, 'activation', attrs.activation, 'linear');
    const alpha = numberOf(functionName, 'leakyreluAlpha', attrs.leakyreluAlpha, 0.2);
    writeConvolution(call, functionName, x.shape, filter.shape, attrs)
      .name(activation)
      .number(alpha)
      .optionalNumbers(bias?.shape)
      .optionalNumbers(preluActivationWeights?.shape);
  },
};

/** @type {Kernel} */
export const INPUT_GRADIENT = {
  inputs: ['dy', 'filter'],
  required: 2,
  check: 'checkInputGradient',
  run: 'inputGradient',
  write(call, functionName, [dy, filter], attrs) {
    const inputShape = shapeOf(functionName, 'inputShape', attrs.inputShape);
    writeConvolution(call, functionName, inputShape, filter.shape, attrs).numbers(dy.shape);
  },
};

/** @type {Kernel} */
export const FILTER_GRADIENT = {
  inputs: ['x', 'dy'],
  required: 2,
  check: 'checkFilterGradient',
  run: 'filterGradient',
  write(call, functionName, [x, dy], attrs) {
    const filterShape = shapeOf(functionName, 'filterShape', attrs.filterShape);
    writeConvolution(call, functionName, x.shape, filterShape, attrs).numbers(dy.shape);
  },
};

/** The four kernels under tfjs's names. */
export class Kernels extends ConvolutionCall {
  forward(functionName, call) {
    return this.run(FORWARD, functionName, call);
  }

  fusedForward(functionName, call) {
    return this.run(FUSED_FORWARD, functionName, call);
  }

  inputGradient(functionName, call) {
    return this.run(INPUT_GRADIENT, functionName, call);
  }

  filterGradient(functionName, call) {
    return this.run(FILTER_GRADIENT, functionName, call);
  }
}
