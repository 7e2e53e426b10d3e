/**
 * Hashes of the outputs and gradients of a fixed set of calls, in the variant without relaxed SIMD. They are the same on each engine and
 * processor. Pages and other runtimes run this file, so it imports nothing of Node.
 */
import { combine, inChannelsFirst, sides } from '../js/support/grids.js';
import { geometryOf, sizeOf } from '../js/support/oracle.js';
import { attrsOf, entries, problemFor } from '../js/support/problem.js';
import { Random } from '../js/support/random.js';
import { kernelCalls, runKernelCall } from '../js/support/tfjs-kernel-calls.js';

/** Small convolutions with all arguments, then larger ones, which kernels pack, divide into tiles or copy. */
const small = combine({
  ...{ size: [[3, 3], [1, 5], [2, 2]], stride: [1, 2, 3], dilation: [1, 2] }, // prettier-ignore
  pad: ['same', 'valid', sides(1, 0, 2, 1)],
}).map(({ size, stride, dilation, pad }) => ({
  xShape: [2, 9, 11, 7],
  filterShape: [...size, 7, 2],
  strides: [stride, stride],
  dilations: [dilation, dilation],
  pad,
}));
const large = [
  { xShape: [1, 14, 14, 96], filterShape: [3, 3, 96, 1], pad: 'same' },
  { xShape: [2, 8, 8, 256], filterShape: [5, 5, 256, 1], strides: [2, 2], pad: 'same' },
  { xShape: [1, 60, 60, 16], filterShape: [3, 3, 16, 1], strides: [2, 2], pad: 1, dimRoundingMode: 'ceil' },
  { xShape: [1, 9, 10, 3], filterShape: [7, 7, 3, 24], strides: [2, 2], pad: 'same' },
  { xShape: [3, 12, 12, 40], filterShape: [1, 1, 40, 33], pad: 'valid' },
].map((convolution) => ({ strides: [1, 1], dilations: [1, 1], ...convolution }));
const CONVOLUTIONS = [...small, ...large].flatMap((each) => [each, inChannelsFirst(each)]);

const ACTIVATIONS = [
  ...['elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu'],
  ...['relu6', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'swish', 'tanh'],
];
const INITIALIZERS = [
  'glorotNormal',
  'glorotUniform',
  'orthogonal',
  'randomNormal',
  'truncatedNormal',
  'varianceScaling',
];

/**
 * Returns a hash for each function of a module of this package, for each activation and random initializer of its layer, and for each kernel of
 * registerKernels on the current backend of TensorFlow.js.
 *
 * @param {import('depthwise-wasm').Depthwise} dw
 * @returns {Record<string, string>}
 */
export function goldenHashes(dw) {
  return { ...hashesOfFunctions(dw), ...hashesOfLayers(dw), ...hashesOfInitializers(dw), ...hashesOfKernels() };
}

function hashesOfFunctions(dw) {
  const hashes = {};
  for (const [name, entry] of Object.entries(entries)) {
    const random = new Random(`golden ${name}`);
    const hash = new Hash();
    for (const convolution of CONVOLUTIONS) {
      if (!entry.takes(convolution) || !geometryOf({ ...convolution, isDense: entry.isDense })) continue;
      const problem = problemFor(entry, convolution, random, 'fractions');
      dw.tidy(() => void hash.add(entry.call(dw, problem, attrsOf(convolution)).data));
    }
    hashes[`dw.${name}`] = hash.text;
  }
  return hashes;
}

function hashesOfLayers(dw) {
  const hashes = {};
  for (const activation of ACTIVATIONS) {
    const random = new Random(`golden ${activation}`);
    const tensor = (...shape) => ({ data: random.fractions(sizeOf(shape)), shape });
    const hash = new Hash();
    dw.tidy(() => {
      const weights = [tensor(3, 3, 5, 2), tensor(10)];
      const rest = { depthwiseRegularizer: 'l1l2', depthwiseConstraint: 'unitNorm', weights };
      const layer = new dw.DepthwiseConv2D({ kernelSize: 3, padding: 'same', depthMultiplier: 2, activation, ...rest });
      hash.add(layer.call(tensor(2, 6, 7, 5), { training: true }).data);
      const { dx, gradients } = layer.backward(tensor(2, 6, 7, 10));
      for (const { data } of [dx, ...Object.values(gradients)]) hash.add(data);
      hash.add(Float32Array.from(layer.losses()));
      layer.applyConstraints();
      for (const { data } of layer.weights) hash.add(data);
      layer.dispose();
    });
    hashes[`the layer with ${activation}`] = hash.text;
  }
  return hashes;
}

function hashesOfInitializers(dw) {
  const hashes = {};
  for (const className of INITIALIZERS) {
    const depthwiseInitializer = { className, config: { seed: 7 } };
    const layer = new dw.DepthwiseConv2D({ kernelSize: 5, depthMultiplier: 3, depthwiseInitializer });
    layer.build([null, 9, 9, 4]);
    hashes[`the initializer ${className}`] = new Hash().add(layer.weights[0].data).text;
    layer.dispose();
  }
  return hashes;
}

function hashesOfKernels() {
  const hashes = {};
  for (const call of kernelCalls) {
    const hash = (hashes[`kernel ${call.kernel}`] ??= new Hash());
    for (const { data } of runKernelCall(call)) hash.add(data);
  }
  return Object.fromEntries(Object.entries(hashes).map(([name, { text }]) => [name, text]));
}

const PRIME = 0x01000193;
const QUIET_NAN = 0x7fc00000;

/** FNV-1a over 32-bit words, twice with different starts. WebAssembly does not define the bits of a NaN, so all NaN count as the same. */
class Hash {
  #words = [0x811c9dc5, 0x9e3779b9];

  /** @param {Float32Array | Int32Array} values */
  add(values) {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; ++i) {
      const word = Number.isNaN(values[i]) ? QUIET_NAN : bits[i];
      // Words of two floats often differ in high bits only, and a product does not move bits down.
      this.#words = this.#words.map((hash) => {
        const product = Math.imul(hash ^ word, PRIME);
        return product ^ (product >>> 15);
      });
    }
    return this;
  }

  get text() {
    return this.#words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
