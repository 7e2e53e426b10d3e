import { ConjugateGradients, sumsByColour } from './conjugate-gradients.js';
import { CHANNELS } from './task.js';

/** One layer of the package, which sees a picture and what became of it, and learns the kernel. It does not know the true one. */
export class Learner {
  #dw;
  #layer;
  #x;
  #target;
  #attrs;
  #directions = new ConjugateGradients();

  /**
   * @param {import('depthwise-wasm').Depthwise} dw
   * @param {{ values: Float32Array, convolution: ReturnType<typeof import('./task.js').convolutionOf>, target: Float32Array }} task
   */
  constructor(dw, { values, convolution, target }) {
    const { xShape, filterShape, strides, dilations, pad } = convolution;
    this.#dw = dw;
    this.#attrs = { strides, dilations, pad };
    this.#target = target;
    this.#x = dw.tensor(values, xShape);
    this.#layer = new dw.DepthwiseConv2D({
      kernelSize: filterShape[0],
      strides: [strides[0], strides[1]],
      dilationRate: [dilations[0], dilations[1]],
      padding: pad,
      useBias: false,
    });
    this.#layer.build(xShape);
  }

  /** A copy of what it has learned: [tap, colour]. */
  get kernel() {
    return this.#layer.weights[0].data.slice();
  }

  /** A copy of what the layer makes of the picture now. */
  output() {
    return this.#dw.tidy(() => this.#layer.call(this.#x).dataSync());
  }

  /** The squared error, averaged over the pixels and summed over the colours. */
  loss() {
    const output = this.output();
    return (
      sumsByColour((i) => (output[i] - this.#target[i]) ** 2, output.length).reduce((a, b) => a + b) / this.#pixels
    );
  }

  /** Forward, backward, and a step to the bottom of the bowl along the next direction. */
  step() {
    this.#dw.tidy(() => {
      const y = this.#layer.call(this.#x, { training: true });
      const dy = y.data.map((value, i) => (2 * (value - this.#target[i])) / this.#pixels);
      const { depthwise_kernel: gradient } = this.#layer.backward({ data: dy, shape: y.shape }).gradients;
      if (gradient) this.#move(gradient);
    });
  }

  dispose() {
    this.#x.dispose();
    this.#layer.dispose();
  }

  get #pixels() {
    return this.#target.length / CHANNELS;
  }

  /** @param {import('depthwise-wasm').Tensor} gradient */
  #move(gradient) {
    const direction = this.#directions.next(gradient.data);
    const slope = sumsByColour((i) => gradient.data[i] * direction[i], direction.length);
    // The output is linear in the kernel, so its own output says how the bowl curves along the direction.
    const filter = { data: direction, shape: gradient.shape };
    const change = this.#dw.depthwiseConv2dNative({ inputs: { x: this.#x, filter }, attrs: this.#attrs }).data;
    const curvature = sumsByColour((i) => (2 * change[i] ** 2) / this.#pixels, change.length);
    const weights = this.#layer.weights[0].data; // live, in the module's memory
    direction.forEach((value, i) => {
      const c = i % CHANNELS;
      if (curvature[c] > 0) weights[i] -= (slope[c] / curvature[c]) * value;
    });
  }
}
