/**
 * What the package must hold after a sequence of calls: the tensors that live, with their values, and those that tidies dispose of. Each
 * step makes a call and says what it changes here. Layers are in model-of-layers.js.
 */
import assert from 'node:assert/strict';

import { assertExact, assertMatches } from '../compare.js';
import * as oracle from '../oracle.js';
import { attrsOf, entries, makeProblem } from '../problem.js';
import { Random } from '../random.js';
import { randomConvolution } from '../random-convolution.js';
import { convolutionOn } from './convolution-on.js';
import { ModelOfLayers } from './model-of-layers.js';
import { WRONG } from './wrong-calls.js';

const MOST_TENSORS = 30;
const MOST_HEAP_BYTES = 2 ** 26;

/** The fused activations, and how many roundings each adds to those of the sum. */
const FUSED = { linear: 0, relu: 0, relu6: 0, leakyrelu: 2, prelu: 2, elu: 8, sigmoid: 8 };

class ProgramError extends Error {}

export class Model {
  #dw;
  #random;
  /** @type {{ tensor: any, values: Float32Array, isKept: boolean }[]} those that live */
  #tensors = [];
  #layers;
  /** How many of the tensors there were when each of the tidies that run began. */
  #tidies = [];

  constructor(dw, seed) {
    this.#dw = dw;
    this.#random = new Random(seed);
    this.#layers = new ModelOfLayers(dw, this.#random, (tensor) => this.#made(tensor));
  }

  /** Runs the steps, of which a tidy has some of its own, and checks after each. */
  run(steps) {
    for (const { kind, body } of steps) {
      if (kind in this.#layers) this.#layers[kind]();
      else this[kind](body);
      this.#checkCounts();
    }
  }

  /** That every tensor and every weight has the values that it should, and that nothing is left when all are disposed of. */
  end() {
    for (const { tensor, values } of this.#tensors) assertExact(tensor, { shape: tensor.shape, values });
    this.#layers.end();
    for (const { tensor } of this.#tensors.splice(0)) tensor.dispose();
    this.#checkCounts();
  }

  tensor() {
    const random = this.#random;
    const shape = Array.from({ length: random.within(0, 5) }, () => random.within(0, 4));
    this.#made(this.#dw.tensor(random.integers(oracle.sizeOf(shape)), shape));
  }

  /** A tensor's data as the values of another: a view of the memory that may grow for the copy. */
  copy() {
    const one = this.#anyTensor();
    if (one) this.#made(this.#dw.tensor(one.tensor.data, one.tensor.shape));
  }

  write() {
    const one = this.#anyTensor();
    if (!one) return;
    one.values = this.#random.integers(one.values.length);
    one.tensor.data.set(one.values);
  }

  dispose() {
    const one = this.#anyTensor();
    if (!one) return;
    one.tensor.dispose();
    one.tensor.dispose();
    assert.throws(() => one.tensor.data, /^TypeError: Error in data: the tensor is disposed$/);
    this.#tensors.splice(this.#tensors.indexOf(one), 1);
  }

  keep() {
    const one = this.#anyTensor();
    if (!one) return;
    assert.equal(this.#dw.keep(one.tensor), one.tensor);
    one.isKept = true;
  }

  kernel() {
    const random = this.#random;
    const convolution = randomConvolution(random);
    const possible = Object.values(entries).filter(({ takes }) => takes(convolution));
    this.#compute(random.oneOf(possible), makeProblem(convolution, random));
  }

  /** A kernel on a tensor that another step has made. */
  chain() {
    const random = this.#random;
    const fitting = this.#tensors.filter(isImage);
    if (fitting.length === 0) return;
    const { tensor, values } = random.oneOf(fitting);
    const problem = makeProblem(convolutionOn(tensor.shape, random), random);
    this.#compute(random.oneOf([entries.depthwiseConv2d, entries.depthwiseConv2dNativeBackpropFilter]), {
      ...problem,
      x: { data: values, shape: tensor.shape, tensor },
    });
  }

  /** The one kernel that takes more than the others: an activation, and what goes with it. */
  fused() {
    const random = this.#random;
    const convolution = randomConvolution(random);
    const { x, filter, bias } = makeProblem(convolution, random);
    const activation = random.oneOf(Object.keys(FUSED));
    const inputs = { x, filter, bias: random.chance(0.5) ? bias : null };
    if (activation === 'prelu')
      inputs.preluActivationWeights = { data: random.fractions(bias.data.length), shape: bias.shape };
    const attrs = { ...attrsOf(convolution), activation, leakyreluAlpha: 0.25 };
    const slopes = { leakyreluAlpha: 0.25, preluActivationWeights: inputs.preluActivationWeights?.data };
    const expected = oracle.fusedForward(convolution, x.data, filter.data, {
      bias: inputs.bias?.data,
      activation,
      ...slopes,
    });
    const result = this.#dw.fusedDepthwiseConv2D({ inputs, attrs });
    assertMatches(result, expected, `${activation} ${JSON.stringify(convolution)}`, FUSED[activation]);
    this.#made(result);
  }

  #compute(entry, problem) {
    const random = this.#random;
    const given = { ...problem };
    const made = [];
    for (const input of entry.inputs) {
      const { data, shape, tensor } = problem[input];
      if (tensor) given[input] = tensor;
      else if (random.chance(0.4)) made.push((given[input] = this.#dw.tensor(data, shape)));
    }
    const result = entry.call(this.#dw, given, attrsOf(problem.convolution));
    const expected = entry.expected(problem);
    assertExact(result, expected, JSON.stringify(problem.convolution));
    for (const tensor of made) tensor.dispose();
    this.#made(result);
  }

  /** A tidy that returns, throws or keeps some of what its steps made. */
  tidy(body) {
    const random = this.#random;
    const first = this.#tensors.length;
    this.#tidies.push(first);
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
    this.#tidies.pop();
    this.#tensors = this.#tensors.filter((one) => {
      const lives = before.has(one) || one.isKept || returned.includes(one);
      assert.equal(one.tensor.isDisposed, !lives);
      return lives;
    });
  }

  /** The memory grows, and what lives moves with it. */
  grow() {
    const { heapBytes } = this.#dw.memory();
    if (heapBytes > MOST_HEAP_BYTES) return;
    const size = heapBytes / 4;
    this.#dw.tensor(new Float32Array(size), [size]).dispose();
    assert.ok(this.#dw.memory().heapBytes > heapBytes);
  }

  wrong() {
    const { name, call, ErrorType, pattern } = this.#random.oneOf(WRONG);
    const one = this.#tensors.find(isImage)?.tensor;
    let thrown;
    try {
      call(this.#dw, one, this.#layers.first);
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown?.constructor, ErrorType, `${name}: ${thrown}`);
    assert.match(thrown.message, pattern);
  }

  /** A tensor of the package that lives from now on, or not where there are many. */
  #made(tensor) {
    if (this.#tensors.length >= MOST_TENSORS) tensor.dispose();
    else this.#tensors.push({ tensor, values: tensor.dataSync(), isKept: false });
  }

  #anyTensor() {
    return this.#tensors.length > 0 ? this.#random.oneOf(this.#tensors) : undefined;
  }

  #checkCounts() {
    const { numTensors, numBytes } = this.#dw.memory();
    const bytes = this.#tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
    assert.deepEqual([numTensors, numBytes], [this.#tensors.length, bytes]);
  }
}

/** Whether it can be the x of a convolution, whose results are exact. */
function isImage({ tensor: { shape, size }, values }) {
  return (
    shape.length === 4 &&
    size > 0 &&
    size < 3000 &&
    values.every((value) => Number.isInteger(value) && Math.abs(value) <= 64)
  );
}
