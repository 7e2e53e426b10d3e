import { ConvolutionCall } from './convolution-call.js';
import { nameOf, numberOf, shapeOf } from './kinds.js';

/** The four kernels under tfjs's names. */
export class Kernels {
  #convolution;

  constructor(heap, call) {
    this.#convolution = new ConvolutionCall(heap, call);
  }

  forward(functionName, call) {
    return this.#convolution.withOperands(functionName, call, ['x', 'filter'], [], ({ x, filter }, attrs) => {
      this.#convolution.write(functionName, x.shape, filter.shape, attrs);
      return this.#convolution.compute(functionName, 'checkForward', 'forward', [x, filter]);
    });
  }

  fusedForward(functionName, call) {
    const optional = ['bias', 'preluActivationWeights'];
    return this.#convolution.withOperands(functionName, call, ['x', 'filter'], optional, (operands, attrs) => {
      const { x, filter, bias, preluActivationWeights } = operands;
      const activation = nameOf(functionName, 'activation', attrs.activation, 'linear');
      const alpha = numberOf(functionName, 'leakyreluAlpha', attrs.leakyreluAlpha, 0.2);
      this.#convolution
        .write(functionName, x.shape, filter.shape, attrs)
        .name(activation)
        .number(alpha)
        .optionalNumbers(bias?.shape)
        .optionalNumbers(preluActivationWeights?.shape);
      return this.#convolution.compute(functionName, 'checkFusedForward', 'fusedForward', [
        x,
        filter,
        bias,
        preluActivationWeights,
      ]);
    });
  }

  inputGradient(functionName, call) {
    return this.#convolution.withOperands(functionName, call, ['dy', 'filter'], [], ({ dy, filter }, attrs) => {
      const inputShape = shapeOf(functionName, 'inputShape', attrs.inputShape);
      this.#convolution.write(functionName, inputShape, filter.shape, attrs).numbers(dy.shape);
      return this.#convolution.compute(functionName, 'checkInputGradient', 'inputGradient', [dy, filter]);
    });
  }

  filterGradient(functionName, call) {
    return this.#convolution.withOperands(functionName, call, ['x', 'dy'], [], ({ x, dy }, attrs) => {
      const filterShape = shapeOf(functionName, 'filterShape', attrs.filterShape);
      this.#convolution.write(functionName, x.shape, filterShape, attrs).numbers(dy.shape);
      return this.#convolution.compute(functionName, 'checkFilterGradient', 'filterGradient', [x, dy]);
    });
  }
}
