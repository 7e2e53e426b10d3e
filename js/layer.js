import { readConfig, writeConfig } from './config.js';
import { outOfMemory } from './errors.js';
import { readText } from './heap-text.js';
import { kindError, lengthOfList, partialShapeOf } from './kinds.js';
import { LayerWeight } from './layer-weight.js';
import { addressesOf, withOperands } from './operand.js';
import { disposeSymbol } from './tensor.js';

const NAME = 'DepthwiseConv2D';

/** cpp/bindings/layer.cpp reads so many; a longer list is not one of weights. */
const MOST_GIVEN = 40;

/**
 * `dw.DepthwiseConv2D`: the class of the layers that live in a module.
 *
 * @import * as api from './layer-types.d.ts'
 * @typedef {ReturnType<typeof import('./native-class.js').nativeClassOf>} NativeClass
 * @param {{ module: any, heap: import('./heap.js').Heap, call: import('./call.js').Call, NativeConfig: NativeClass, NativeLayer: NativeClass }} home
 * @returns {api.DepthwiseConv2DClass}
 */
export function layerClassOf(home) {
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
 * The layer is cpp/layer/depthwise_conv2d; here are only conversions. Shapes go there and come back in the block of arguments, tensors
 * as addresses, and what answers false has left an error. See layer-types.d.ts for what each member does.
 *
 * @implements {api.DepthwiseConv2D}
 */
class Layer {
  #home;
  #native;
  /** @type {{ data: Float32Array, shape: number[] }[] | undefined} what build begins with */
  #initialWeights;

  constructor(home, config) {
    this.#home = home;
    const { weights, others } = withoutWeights(config);
    if (weights !== undefined && weights !== null) {
      this.#initialWeights = this.#withGiven(weights, (operands) =>
        operands.map((operand) => home.heap.outside(NAME, operand)),
      );
    }
    this.#native = home.NativeLayer.make();
    if (!this.#native) throw outOfMemory(NAME);
    try {
      writeConfig(home, others, (written) => this.#succeed(this.#native.create(written)));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  get name() {
    const native = this.#live();
    return readText(this.#home.module, native.name(), native.nameLength());
  }

  get trainable() {
    return this.#live().trainable();
  }

  set trainable(value) {
    if (typeof value !== 'boolean') throw kindError(NAME, 'trainable', 'true or false', value);
    this.#live().setTrainable(value);
  }

  get built() {
    return this.#live().isBuilt();
  }

  get weights() {
    return this.#describeWeights().map((weight) => new LayerWeight(this, this.#home.heap, weight));
  }

  build(inputShape = this.#batchInputShape()) {
    this.#live();
    this.#build(partialShapeOf(NAME, 'inputShape', inputShape), { isCall: false });
  }

  call(x, options = {}) {
    this.#live();
    const training = trainingIn(options);
    return this.#withOperands(['x'], [x], ([x]) => {
      const native = this.#live(); // reading what is given may run code of the caller's
      if (!native.isBuilt()) this.#build(x.shape, { isCall: true });
      return this.#compute('checkCall', 'x', x, (block, address, y) => native.call(address, block, training, y));
    });
  }

  backward(dy) {
    this.#live();
    return this.#withOperands(['dy'], [dy], ([dy]) => {
      const native = this.#live();
      const dx = this.#compute('checkBackward', 'dy', dy, (block, address, dx) => native.backward(address, block, dx));
      return { dx, gradients: this.#gradients(dx) };
    });
  }

  computeOutputShape(inputShape) {
    this.#live();
    const shape = partialShapeOf(NAME, 'inputShape', inputShape);
    const block = this.#block().numbers(shape);
    this.#succeed(this.#live().outputShape(block.address));
    return block.values(4).map((size) => (size < 0 ? null : size));
  }

  countParams() {
    const native = this.#live();
    const block = this.#block();
    this.#succeed(native.countParams(block.address));
    return block.values(1)[0];
  }

  losses() {
    const native = this.#live();
    const block = this.#block();
    this.#succeed(native.losses(block.address));
    const [count] = block.values(1);
    return block.values(1 + count).slice(1);
  }

  getWeights() {
    const { heap } = this.#home;
    return disposingOnError((made) =>
      this.weights.map(({ data, shape }) => made(heap.tensor(NAME, 'weights.', data, [...shape]))),
    );
  }

  setWeights(weights) {
    this.#live();
    this.#withGiven(weights, (operands) => {
      const native = this.#live();
      const addresses = this.#addressesOf(operands);
      const block = writeGiven(this.#block(), operands, addresses);
      this.#succeed(native.setWeights(block.address));
    });
  }

  applyConstraints() {
    this.#succeed(this.#live().applyConstraints());
  }

  /** @returns {typeof NAME} */
  getClassName() {
    return NAME;
  }

  getConfig() {
    const native = this.#live();
    return readConfig(this.#home, (written) => native.writeConfig(written));
  }

  toJSON() {
    const native = this.#live();
    return readConfig(this.#home, (written) => native.writeEntry(written));
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

  #batchInputShape() {
    const config = this.getConfig();
    return Object.hasOwn(config, 'batchInputShape') ? config.batchInputShape : undefined;
  }

  #build(shape, { isCall }) {
    const given = this.#initialWeights;
    const entropy = Math.random() * Number.MAX_SAFE_INTEGER;
    this.#withGiven(given ?? [], (operands) => {
      const addresses = this.#addressesOf(operands);
      const block = this.#block().numbers(shape);
      if (given) writeGiven(block, operands, addresses);
      else block.number(-1);
      this.#succeed(this.#live().build(block.address, entropy, isCall));
    });
    this.#initialWeights = undefined;
  }

  #live() {
    if (!this.#native) throw new TypeError(`Error in ${NAME}: the layer is disposed`);
    return this.#native;
  }

  #block() {
    return this.#home.call.block.begin();
  }

  #succeed(answer) {
    if (!answer) throw this.#home.call.lastError();
  }

  #withOperands(inputs, values, body) {
    return withOperands(this.#home.heap, NAME, { inputs, required: inputs.length }, values, body);
  }

  /** Operands for the tensors that are given for weights. */
  #withGiven(weights, body) {
    const length = lengthOfList(weights);
    if (length === undefined || length > MOST_GIVEN) throw kindError(NAME, 'weights', 'an array of tensors', weights);
    // By their numbers: the iterator of an array may give more than its length, and the block has room for so many.
    const names = weightNames(length);
    const values = names.map((_, i) => weights[i]);
    return this.#withOperands(names, values, body);
  }

  #addressesOf(weights) {
    return addressesOf(this.#home.heap, NAME, weightNames(weights.length), weights);
  }

  /** A result: its shape is what `check` says of the operand's, its values are what `run(block, operand, result)` writes. */
  #compute(check, name, operand, run) {
    const { heap, call } = this.#home;
    this.#succeed(this.#native[check](this.#block().numbers(operand.shape).address));
    const { shape, size } = call.block;
    return disposingOnError((made) => {
      const result = made(heap.allocate(NAME, shape, size));
      const addresses = [heap.place(NAME, name, operand), heap.addressOf(result)];
      this.#succeed(run(this.#block().numbers(operand.shape).address, ...addresses));
      return result;
    });
  }

  /** Copies of the gradients of the weights. `dx` goes when there is no memory for them. */
  #gradients(dx) {
    const { heap } = this.#home;
    return disposingOnError((made) => {
      made(dx);
      const weights = this.#describeWeights().filter(({ gradient }) => gradient !== 0);
      const copies = weights.map(({ name, shape, size, gradient }) => {
        const copy = made(heap.allocate(NAME, shape, size));
        copy.data.set(new Float32Array(heap.buffer, gradient, size));
        return [name, copy];
      });
      return Object.fromEntries(copies);
    });
  }

  #describeWeights() {
    const native = this.#live();
    return Array.from({ length: native.weightCount() }, (_, i) => {
      const block = this.#block();
      native.weight(i, block.address);
      const [nameAddress, nameLength, values, gradient, size, dimensions, ...sizes] = block.values(10);
      const name = readText(this.#home.module, nameAddress, nameLength);
      return { name, values, gradient, size, shape: sizes.slice(0, dimensions) };
    });
  }
}

const weightNames = (length) => Array.from({ length }, (_, i) => `weights[${i}]`);

function writeGiven(block, operands, addresses) {
  block.number(operands.length);
  operands.forEach(({ shape }, i) => block.number(addresses[i]).numbers(shape));
  return block;
}

/** Weights are tensors, which a configuration has not; they stay here until build. */
function withoutWeights(config) {
  if (isObjectWith(config, 'weights')) {
    const { weights, ...others } = config;
    return { weights, others };
  }
  const inner = isObjectWith(config, 'config') ? config.config : undefined; // of { className, config }
  if (!isObjectWith(inner, 'weights')) return { weights: undefined, others: config };
  const { weights, ...others } = inner;
  return { weights, others: { ...config, config: others } };
}

function isObjectWith(value, key) {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key);
}

function trainingIn(options) {
  if (options === null || typeof options !== 'object') throw kindError(NAME, 'options', '{ training }', options);
  const { training = false, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw kindError(NAME, 'options', '{ training } and nothing else', unknown);
  if (typeof training !== 'boolean') throw kindError(NAME, 'training', 'true or false', training);
  return training && Object.hasOwn(options, 'training');
}

/** Runs `body`, and when it throws, disposes of the tensors that it has given to its argument. */
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
