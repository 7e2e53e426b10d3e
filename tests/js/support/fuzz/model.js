import assert from 'node:assert/strict';

import { assertExact, assertMatches } from '../compare.js';
import * as oracle from '../oracle.js';
import { attrsOf, entries, makeProblem, problemFor } from '../problem.js';
import { Random } from '../random.js';
import { randomConvolution } from '../random-convolution.js';
import { callsOf, tensor } from '../refusal.js';

const MAX_TENSORS = 30;
const MAX_LAYERS = 4;
const MAX_HEAP_BYTES = 2 ** 26;

/** How often each step is drawn. A tidy is a step that contains steps. */
export const WEIGHTS = {
  ...{ tensor: 4, copy: 2, write: 2, dispose: 4, keep: 1, kernel: 6, chain: 3, grow: 1, refuse: 5 },
  ...{ createLayer: 2, callLayer: 5, backwardLayer: 3, setWeightsOfLayer: 2, disposeLayer: 1 },
};

/** Calls that are refused: the function, the argument that the error names, and the changes. */
const REFUSED = Object.keys(callsOf({})).flatMap((name) => [
  [name, 'strides', { strides: 0 }],
  [name, 'strides', { strides: '1' }],
  [name, 'dilations', { dilations: [1, 0.5] }],
  [name, 'pad', { pad: 'full' }],
  [name, 'pad', { pad: -1 }],
  [name, 'dataFormat', { dataFormat: 'NHCW' }],
  ...(name.endsWith('BackpropInput')
    ? [
        [name, 'dy', { dy: tensor([2, 3, 5, 3]) }],
        [name, 'inputShape', { inputShape: undefined }],
      ]
    : [
        [name, 'x', { x: null }],
        [name, 'x.data', { x: { data: new Float32Array(5), shape: [1, 1, 1, 6] } }],
      ]),
]);

class ProgramError extends Error {}

/** The tensors and layers that must live after a sequence of calls, with their values. Each step makes a call and updates the model. */
export class Model {
  #dw;
  #random;
  /** @type {{ tensor: any, values: Float32Array, isKept: boolean }[]} */
  #tensors = [];
  /** @type {{ layer: any, convolutionOf: (xShape: number[]) => any, weights?: Float32Array[], trained?: any }[]} */
  #layers = [];

  constructor(dw, seed) {
    this.#dw = dw;
    this.#random = new Random(seed);
  }

  run(steps) {
    for (const { kind, body } of steps) {
      this[kind](body);
      this.#checkCounts();
    }
  }

  /** Checks the values of all tensors and weights, disposes of them, and checks that nothing is left. */
  end() {
    for (const { tensor, values } of this.#tensors) assertExact(tensor, { shape: tensor.shape, values });
    for (const { layer, weights = [] } of this.#layers.splice(0)) {
      layer.weights.forEach((weight, i) => assertExact(weight, { shape: weight.shape, values: weights[i] }));
      layer.dispose();
    }
    for (const { tensor } of this.#tensors.splice(0)) tensor.dispose();
    this.#checkCounts();
  }

  tensor() {
    const random = this.#random;
    const shape = Array.from({ length: random.within(0, 5) }, () => random.within(0, 4));
    this.#add(this.#dw.tensor(random.integers(oracle.sizeOf(shape)), shape));
  }

  /** Copies the data of a tensor, a view of the memory that may grow for the copy. */
  copy() {
    this.#withTensor(({ tensor }) => this.#add(this.#dw.tensor(tensor.data, tensor.shape)));
  }

  write() {
    this.#withTensor((one) => {
      one.values = this.#random.integers(one.values.length);
      one.tensor.data.set(one.values);
    });
  }

  dispose() {
    this.#withTensor((one) => {
      one.tensor.dispose();
      one.tensor.dispose();
      assert.throws(() => one.tensor.data, /^TypeError: Error in data: the tensor is disposed$/);
      this.#tensors.splice(this.#tensors.indexOf(one), 1);
    });
  }

  keep() {
    this.#withTensor((one) => {
      assert.equal(this.#dw.keep(one.tensor), one.tensor);
      one.isKept = true;
    });
  }

  kernel() {
    const random = this.#random;
    const convolution = randomConvolution(random);
    const entry = random.oneOf(Object.values(entries).filter(({ takes }) => takes(convolution)));
    this.#compute(entry, problemFor(entry, convolution, random));
  }

  /** A kernel on a tensor of an earlier step. */
  chain() {
    const random = this.#random;
    const images = this.#tensors.filter(isImage);
    if (images.length === 0) return;
    const { tensor, values } = random.oneOf(images);
    const filterShape = [random.within(1, 2), random.within(1, 2), tensor.shape[3], random.within(1, 2)];
    const convolution = { xShape: tensor.shape, filterShape, strides: [1, 2], dilations: [2, 1], pad: 'same' };
    const problem = { ...makeProblem(convolution, random), x: { data: values, shape: tensor.shape } };
    const entry = random.oneOf([entries.depthwiseConv2d, entries.depthwiseConv2dNativeBackpropFilter]);
    this.#compute(entry, problem, { x: tensor });
  }

  #compute(entry, problem, given = {}) {
    const copies = [];
    for (const input of entry.inputs) {
      if (given[input] || this.#random.chance(0.6)) continue;
      given[input] = this.#dw.tensor(problem[input].data, problem[input].shape);
      copies.push(given[input]);
    }
    const result = entry.call(this.#dw, { ...problem, ...given }, attrsOf(problem.convolution));
    assertExact(result, entry.expected(problem), JSON.stringify(problem.convolution));
    for (const copy of copies) copy.dispose();
    this.#add(result);
  }

  /** A tidy that returns, throws or keeps some tensors of its steps. */
  tidy(body) {
    const random = this.#random;
    const before = new Set(this.#tensors);
    const throws = random.chance(0.2);
    let returned = [];
    const run = () =>
      this.#dw.tidy(() => {
        this.run(body);
        if (throws) throw new ProgramError('of the body');
        returned = this.#tensors.filter(() => random.chance(0.3));
        return { list: returned.map(({ tensor }) => [tensor]), itself: returned };
      });
    if (throws) assert.throws(run, ProgramError);
    else run();
    this.#tensors = this.#tensors.filter((one) => {
      const lives = before.has(one) || one.isKept || returned.includes(one);
      assert.equal(one.tensor.isDisposed, !lives);
      return lives;
    });
  }

  grow() {
    const { heapBytes } = this.#dw.memory();
    if (heapBytes > MAX_HEAP_BYTES) return;
    this.#dw.tensor(new Float32Array(heapBytes / 4), [heapBytes / 4]).dispose();
    assert.ok(this.#dw.memory().heapBytes > heapBytes);
  }

  refuse() {
    const [name, argument, changes] = this.#random.oneOf(REFUSED);
    assert.throws(
      () => callsOf(this.#dw)[name](changes),
      ({ message }) => message.startsWith(`Error in ${name}: ${argument} must `),
    );
  }

  createLayer() {
    const random = this.#random;
    if (this.#layers.length === MAX_LAYERS) return;
    const steps = [random.within(1, 2), random.within(1, 2)];
    const [strides, dilationRate] = random.chance(0.5) ? [steps, [1, 1]] : [[1, 1], steps];
    const config = {
      ...{ kernelSize: [random.within(1, 3), random.within(1, 3)], depthMultiplier: random.within(1, 3) },
      ...{ strides, dilationRate, padding: random.oneOf(['valid', 'same']), useBias: random.chance(0.7) },
      dataFormat: random.oneOf(['channelsLast', 'channelsFirst']),
    };
    const convolutionOf = (xShape) => ({
      ...{ xShape, strides, dilations: dilationRate, pad: config.padding, dataFormat: config.dataFormat },
      filterShape: [
        ...config.kernelSize,
        xShape[config.dataFormat === 'channelsFirst' ? 1 : 3],
        config.depthMultiplier,
      ],
    });
    const first = new this.#dw.DepthwiseConv2D(config);
    const layer = this.#dw.DepthwiseConv2D.fromConfig(first.getConfig());
    first.dispose();
    this.#layers.push({ layer, convolutionOf });
  }

  callLayer() {
    this.#withLayer((one) => {
      const random = this.#random;
      const channels = one.weights ? one.layer.weights[0].shape[2] : random.within(1, 6);
      const [batch, height, width] = [random.within(0, 2), random.within(5, 9), random.within(5, 9)];
      const { dataFormat } = one.layer.getConfig();
      const isFirst = /first/i.test(dataFormat);
      const shape = isFirst ? [batch, channels, height, width] : [batch, height, width, channels];
      const x = { data: random.integers(oracle.sizeOf(shape)), shape };
      const training = random.chance(0.5);
      const y = one.layer.call(x, { training });
      one.weights ??= one.layer.weights.map(({ data }) => data.slice());
      const [kernel, bias] = one.weights;
      const convolution = one.convolutionOf(shape);
      assertMatches(y, oracle.fusedForward(convolution, x.data, kernel, { bias }), 'y of a layer', 1);
      if (training) one.trained = { x, kernel, convolution, yShape: y.shape };
      this.#add(y);
    });
  }

  backwardLayer() {
    this.#withLayer(({ layer, trained }) => {
      if (!trained) return assert.throws(() => layer.backward(tensor([1, 1, 1, 1])), /Error in DepthwiseConv2D: /);
      const { x, kernel, convolution, yShape } = trained;
      const dy = { data: this.#random.integers(oracle.sizeOf(yShape)), shape: yShape };
      const { dx, gradients } = layer.backward(dy);
      assertMatches(dx, oracle.inputGradient(convolution, dy.data, kernel), 'dx of a layer');
      assertMatches(gradients.depthwise_kernel, oracle.filterGradient(convolution, x.data, dy.data), 'dkernel');
      for (const each of [dx, ...Object.values(gradients)]) this.#add(each);
    });
  }

  setWeightsOfLayer() {
    this.#withLayer((one) => {
      if (!one.weights) return;
      const weights = one.layer.weights.map(({ shape }) => ({
        data: this.#random.integers(oracle.sizeOf(shape)),
        shape,
      }));
      one.layer.setWeights(weights);
      one.weights = weights.map(({ data }) => data);
      one.trained = undefined;
      for (const weight of one.layer.getWeights()) this.#add(weight);
    });
  }

  disposeLayer() {
    this.#withLayer((one) => {
      one.layer.dispose();
      one.layer.dispose();
      assert.throws(() => one.layer.call(tensor([1, 1, 1, 1])), /Error in DepthwiseConv2D: the layer is disposed/);
      this.#layers.splice(this.#layers.indexOf(one), 1);
    });
  }

  /** Adds a tensor that lives from now on, or disposes of it if there are many. */
  #add(added) {
    if (this.#tensors.length >= MAX_TENSORS) added.dispose();
    else this.#tensors.push({ tensor: added, values: added.dataSync(), isKept: false });
  }

  #withTensor(body) {
    if (this.#tensors.length > 0) body(this.#random.oneOf(this.#tensors));
  }

  #withLayer(body) {
    if (this.#layers.length > 0) body(this.#random.oneOf(this.#layers));
  }

  #checkCounts() {
    const { numTensors, numBytes } = this.#dw.memory();
    const bytes = this.#tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
    assert.deepEqual([numTensors, numBytes], [this.#tensors.length, bytes]);
  }
}

/** Whether a tensor can be the x of a convolution with exact results. */
function isImage({ tensor: { shape, size }, values }) {
  const isSmall = shape.length === 4 && size > 0 && size < 3000;
  return isSmall && values.every((value) => Number.isInteger(value) && Math.abs(value) <= 64);
}
