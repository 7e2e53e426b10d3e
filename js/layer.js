import { kindError, lengthOfList, outOfMemory, partialShapeOf, requireShape } from './arguments.js';
import {
  channelsIn,
  layerError,
  NAME,
  nativeConfigOf,
  notBuiltError,
  readLayerConfig,
  requireXShape,
  weightsOf,
  writeKerasEntry,
  writeTfjsConfig,
} from './layer-config.js';
import { disposeSymbol } from './tensor.js';

/** The maximum length of a list of weights that is read. Longer lists cannot be weights of this layer. */
const MAX_WEIGHTS = 40;

/** Memory that must be free before a call of Embind, which ends the program if it cannot allocate the objects that it passes. */
const OBJECT_BYTES = 16384;

/**
 * Returns the class dw.DepthwiseConv2D, whose layers are in the memory of a module.
 *
 * @import * as api from './layer-types.d.ts'
 * @param {{ module: any, heap: import('./heap.js').Heap }} home
 * @returns {api.DepthwiseConv2DClass}
 */
export function layerClassOf({ module, heap }) {
  let unnamed = 0;
  /** Returns automatic names as in Keras: depthwise_conv2d, depthwise_conv2d_1, … */
  const nextName = () => (unnamed++ === 0 ? 'depthwise_conv2d' : `depthwise_conv2d_${unnamed - 1}`);
  const home = { module, heap, nextName };
  return class DepthwiseConv2D extends Layer {
    /** @type {typeof NAME} */
    static className = NAME;

    static fromConfig(config) {
      return new DepthwiseConv2D(config);
    }

    constructor(config) {
      super(home, config);
    }
  };
}

/**
 * The layer for JavaScript. It calls cpp/layer/depthwise_conv2d.cpp through cpp/bindings/layer_bindings.cpp, which lists the functions of
 * `#native`. layer-types.d.ts documents the members.
 *
 * @implements {api.DepthwiseConv2D}
 */
class Layer {
  #home;
  #native;
  #config;
  #channels = 0; // of x; 0 before build
  #hasCalled = false;
  /** @type {{ data: Float32Array, shape: number[] }[] | undefined} for build */
  #initialWeights;

  constructor(home, value) {
    this.#home = home;
    const { config, weights } = readLayerConfig(value);
    this.#config = config;
    if (weights !== undefined && weights !== null) {
      this.#initialWeights = this.#withWeights(weights, (operands) =>
        operands.map((operand) => home.heap.outside(NAME, operand)),
      );
    }
    this.#requireMemory();
    this.#native = new home.module.DepthwiseConv2D();
    try {
      this.#run('create', [nativeConfigOf(config)]);
    } catch (error) {
      this.dispose();
      throw error;
    }
    config.name ||= home.nextName();
  }

  get name() {
    this.#live();
    return this.#config.name;
  }

  get trainable() {
    this.#live();
    return this.#config.trainable;
  }

  set trainable(value) {
    if (typeof value !== 'boolean') throw kindError(NAME, 'trainable', 'true or false', value);
    this.#live().setTrainable(value);
    this.#config.trainable = value;
  }

  get built() {
    this.#live();
    return this.#channels > 0;
  }

  get weights() {
    const native = this.#live();
    return this.#describeWeights().map(
      (weight, i) => new LayerWeight(this, this.#home.heap, weight, native.valuesOf(i)),
    );
  }

  build(inputShape = this.#config.batchInputShape) {
    this.#live();
    const shape = partialShapeOf(NAME, 'inputShape', inputShape);
    this.#live(); // a getter of the caller may have disposed of the layer
    this.#build('inputShape', shape);
  }

  call(x, options = {}) {
    this.#live();
    const training = trainingIn(options);
    return this.#withOperands(['x'], [x], ([operand]) => {
      this.#live();
      const xShape = operand.shape;
      if (this.#channels === 0) this.#build('x', xShape);
      requireXShape(this.#config, 'x', xShape);
      const { shape } = this.#run('checkCall', [xShape], 'x', xShape);
      return this.#compute(shape, 'x', operand, (xAddress, yAddress) => {
        this.#run('call', [xAddress, xShape, training, yAddress]);
        this.#hasCalled = true;
      });
    });
  }

  backward(dy) {
    this.#live();
    return this.#withOperands(['dy'], [dy], ([operand]) => {
      this.#live();
      const { x, y } = this.#run('checkBackward', []);
      requireShape(NAME, 'dy', operand.shape, y);
      const dx = this.#compute(x, 'dy', operand, (...addresses) => this.#run('backward', addresses));
      return { dx, gradients: this.#gradients(dx) };
    });
  }

  computeOutputShape(inputShape) {
    this.#live();
    const shape = partialShapeOf(NAME, 'inputShape', inputShape);
    this.#live();
    return this.#outputShape('inputShape', shape).map((size) => (size < 0 ? null : size));
  }

  countParams() {
    this.#requireBuilt();
    return this.#describeWeights().reduce((sum, { size }) => sum + size, 0);
  }

  losses() {
    const native = this.#requireBuilt();
    const { depthwiseRegularizer, biasRegularizer, activityRegularizer, useBias } = this.#config;
    const losses = [];
    if (depthwiseRegularizer) losses.push(native.kernelLoss());
    if (biasRegularizer && useBias) losses.push(native.biasLoss());
    if (activityRegularizer && this.#hasCalled) losses.push(native.activityLoss());
    return losses;
  }

  getWeights() {
    const { heap } = this.#home;
    return disposingOnError((made) =>
      this.weights.map(({ data, shape }) => made(heap.tensor(NAME, 'weights.', data, [...shape]))),
    );
  }

  setWeights(weights) {
    this.#live();
    this.#withWeights(weights, (operands) => {
      this.#requireBuilt();
      this.#run('setWeights', this.#addressesOf(operands, this.#describeWeights()));
    });
  }

  applyConstraints() {
    this.#requireBuilt().applyConstraints();
  }

  /** @returns {typeof NAME} */
  getClassName() {
    return NAME;
  }

  getConfig() {
    this.#live();
    return writeTfjsConfig(this.#config);
  }

  toJSON() {
    this.#live();
    return writeKerasEntry(this.#config);
  }

  get isDisposed() {
    return !this.#native;
  }

  dispose() {
    this.#native?.delete();
    this.#native = undefined;
  }

  [disposeSymbol]() {
    this.dispose();
  }

  #live() {
    if (!this.#native) throw new TypeError(`Error in ${NAME}: the layer is disposed`);
    return this.#native;
  }

  #requireBuilt() {
    const native = this.#live();
    if (this.#channels === 0) throw notBuiltError();
    return native;
  }

  #requireMemory() {
    if (!this.#home.module.canAllocate(OBJECT_BYTES)) throw outOfMemory(NAME, OBJECT_BYTES);
  }

  /** Calls a function that can fail. `shapeName` and `shape` are for the text of an error. */
  #run(name, args, shapeName, shape) {
    this.#requireMemory();
    const result = this.#native[name](...args);
    const error = result.error ?? result;
    if (error.code !== 0) throw layerError(error, this.#config, shapeName, shape);
    return result;
  }

  #outputShape(name, shape) {
    requireXShape(this.#config, name, shape);
    return this.#run('outputShape', [nativeShape(shape)], name, shape).shape;
  }

  #build(name, shape) {
    this.#outputShape(name, shape); // reports errors of the shape before errors of the weights
    const channels = channelsIn(this.#config, shape);
    if (this.#initialWeights && this.#channels === 0) {
      this.#withWeights(this.#initialWeights, (operands) => {
        const addresses = this.#addressesOf(operands, this.#describeWeights(channels));
        this.#run('buildWith', [nativeShape(shape), ...addresses]);
      });
    } else {
      this.#run('build', [nativeShape(shape), Math.random() * Number.MAX_SAFE_INTEGER], name, shape);
    }
    this.#channels = channels;
    this.#initialWeights = undefined;
  }

  #withOperands(names, values, body) {
    const { heap } = this.#home;
    const operands = names.map((name, i) => heap.operand(NAME, name, values[i]));
    try {
      return body(operands);
    } finally {
      for (const operand of operands) heap.free(operand);
    }
  }

  /** Runs `body` with the operands for a list of weights. */
  #withWeights(weights, body) {
    const length = lengthOfList(weights);
    if (length === undefined || length > MAX_WEIGHTS) throw kindError(NAME, 'weights', 'an array of tensors', weights);
    // By index, because the iterator of an array may return more entries than its length.
    const values = Array.from({ length }, (_, i) => weights[i]);
    return this.#withOperands(weightNames(length), values, body);
  }

  /** Checks the number and the shapes of weights. Returns the addresses of kernel and bias; 0 for a layer without a bias. */
  #addressesOf(operands, expected) {
    const { heap } = this.#home;
    if (operands.length !== expected.length) {
      const allowed = expected.length === 2 ? '2 tensors, depthwise_kernel and bias' : '1 tensor, depthwise_kernel';
      throw new RangeError(`Error in ${NAME}: weights must be ${allowed}, got ${operands.length}`);
    }
    expected.forEach(({ name, shape }, i) => requireShape(NAME, `weights.${name}`, operands[i].shape, shape));
    const names = weightNames(operands.length);
    const [kernel, bias = 0] = operands.map((operand, i) => heap.place(NAME, names[i], operand));
    return [kernel, bias];
  }

  /** Returns a tensor of this shape that `run(address of the operand, address of the tensor)` fills. */
  #compute(shape, name, operand, run) {
    const { heap } = this.#home;
    return disposingOnError((made) => {
      const result = made(heap.allocate(NAME, shape, sizeOf(shape)));
      run(heap.place(NAME, name, operand), heap.addressOf(result));
      return result;
    });
  }

  /** Returns copies of the gradients of the weights. Frees `dx` too if there is no memory for them. */
  #gradients(dx) {
    const { heap } = this.#home;
    return disposingOnError((made) => {
      made(dx);
      if (!this.#config.trainable) return {};
      const copies = this.#describeWeights().map(({ name, shape, size }, i) => {
        const copy = made(heap.allocate(NAME, shape, size));
        copy.data.set(new Float32Array(heap.buffer, this.#native.gradientOf(i), size));
        return [name, copy];
      });
      return Object.fromEntries(copies);
    });
  }

  /** Returns name, shape and size of each weight. */
  #describeWeights(channels = this.#channels) {
    if (channels === 0) return [];
    return weightsOf(this.#config, channels).map((weight) => ({ ...weight, size: sizeOf(weight.shape) }));
  }
}

/** A weight of a layer, in the memory of the layer. layer-types.d.ts documents the members. */
class LayerWeight {
  #layer;
  #heap;
  #address;

  constructor(layer, heap, { name, shape, size }, address) {
    this.#layer = layer;
    this.#heap = heap;
    this.#address = address;
    this.name = name;
    this.shape = Object.freeze(shape);
    this.size = size;
  }

  get data() {
    if (this.#layer.isDisposed) throw new TypeError(`Error in data: the layer of this ${this.name} is disposed`);
    return new Float32Array(this.#heap.buffer, this.#address, this.size);
  }
}

const weightNames = (length) => Array.from({ length }, (_, i) => `weights[${i}]`);
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);
/** In C++, −1 is a size that is not known. */
const nativeShape = (shape) => shape.map((size) => size ?? -1);

function trainingIn(options) {
  if (options === null || typeof options !== 'object') throw kindError(NAME, 'options', '{ training }', options);
  const { training = false, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw kindError(NAME, 'options', '{ training } and nothing else', unknown);
  if (typeof training !== 'boolean') throw kindError(NAME, 'training', 'true or false', training);
  return training && Object.hasOwn(options, 'training'); // ignores an inherited property
}

/** Returns what `body(made)` returns. If `body` throws, disposes of the tensors that it passed to `made`. */
function disposingOnError(body) {
  const tensors = [];
  const made = (tensor) => {
    tensors.push(tensor);
    return tensor;
  };
  try {
    return body(made);
  } catch (error) {
    for (const tensor of tensors) tensor.dispose();
    throw error;
  }
}
