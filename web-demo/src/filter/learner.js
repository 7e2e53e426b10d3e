import { CHANNELS } from './task.js';

/** One layer of the package, which learns the kernel from a picture and the filtered picture. It does not see the true kernel. */
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

  /** A copy of the learned kernel, [tap, colour]. */
  get kernel() {
    return this.#layer.weights[0].data.slice();
  }

  /** Returns a copy of the layer's output. */
  output() {
    return this.#dw.tidy(() => this.#layer.call(this.#x).dataSync());
  }

  /** Returns the squared error: the mean over the pixels, summed over the colours. */
  loss() {
    const output = this.output();
    const sums = sumsByColour((i) => (output[i] - this.#target[i]) ** 2, output.length);
    return sums.reduce((a, b) => a + b) / this.#pixels;
  }

  /** Runs the layer forward and backward, then moves the weights to the smallest error along the next direction. */
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
    // The error is quadratic in the kernel. Its curvature along the direction follows from the convolution with the direction.
    const filter = { data: direction, shape: gradient.shape };
    const change = this.#dw.depthwiseConv2dNative({ inputs: { x: this.#x, filter }, attrs: this.#attrs }).data;
    const curvature = sumsByColour((i) => (2 * change[i] ** 2) / this.#pixels, change.length);
    const weights = this.#layer.weights[0].data; // a live view of the wasm memory
    direction.forEach((value, i) => {
      const c = i % CHANNELS;
      if (curvature[c] > 0) weights[i] -= (slope[c] / curvature[c]) * value;
    });
  }
}

/**
 * Computes the search directions of the conjugate gradient method, separately for each colour. With exact sums, the method needs at most as
 * many steps as a filter has weights.
 *
 * Source: Nocedal and Wright, Numerical Optimization, 2nd edition, chapter 5. β is Polak and Ribière's, and 0 where that is negative.
 */
class ConjugateGradients {
  /** @type {Float32Array | undefined} */
  #gradient;
  /** @type {Float32Array | undefined} */
  #direction;

  /** @param {Float32Array} gradient with respect to all weights, colours interleaved */
  next(gradient) {
    const [previous, direction] = [this.#gradient, this.#direction];
    const change = sumsByColour((i) => (previous ? gradient[i] * (gradient[i] - previous[i]) : 0), gradient.length);
    const scale = sumsByColour((i) => (previous ? previous[i] ** 2 : 0), gradient.length);
    const beta = change.map((value, c) => (scale[c] > 0 ? Math.max(0, value / scale[c]) : 0));
    this.#gradient = gradient.slice();
    this.#direction = gradient.map((slope, i) => beta[i % CHANNELS] * (direction?.[i] ?? 0) - slope);
    return this.#direction;
  }
}

/** @param {(i: number) => number} valueAt @param {number} length */
function sumsByColour(valueAt, length) {
  const sums = new Array(CHANNELS).fill(0);
  for (let i = 0; i < length; ++i) sums[i % CHANNELS] += valueAt(i);
  return sums;
}
