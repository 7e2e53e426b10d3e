/** The layers of a model (model.js), with the weights that they must have. */
import assert from 'node:assert/strict';

import { assertClose, assertExact, assertMatches } from '../compare.js';
import { convolutionOf, outputOf } from '../layer-reference.js';
import { valuesFor } from '../layer-witness.js';
import * as oracle from '../oracle.js';

const MOST_LAYERS = 4;
const ELEMENTWISE = ['linear', 'relu', 'tanh', 'sigmoid', 'elu', 'softsign', 'swish', 'hardSigmoid'];

export class ModelOfLayers {
  #dw;
  #random;
  #made;
  /** @type {{ layer: any, config: object, weights?: Float32Array[], trained?: any }[]} */
  #layers = [];

  /** `made` is told of each tensor that a layer gives. */
  constructor(dw, random, made) {
    this.#dw = dw;
    this.#random = random;
    this.#made = made;
  }

  /** One of the layers, or undefined. */
  get first() {
    return this.#layers[0]?.layer;
  }

  /** That the weights are what they should be; and then they are gone. */
  end() {
    for (const { layer, weights = [] } of this.#layers.splice(0)) {
      layer.weights.forEach((weight, i) => assertExact(weight, { shape: weight.shape, values: weights[i] }));
      layer.dispose();
    }
  }

  makeLayer() {
    const random = this.#random;
    if (this.#layers.length === MOST_LAYERS) return;
    const steps = [random.within(1, 2), random.within(1, 2)];
    const config = {
      kernelSize: [random.within(1, 3), random.within(1, 3)],
      depthMultiplier: random.within(1, 3),
      ...(random.chance(0.5) ? { strides: steps, dilationRate: [1, 1] } : { strides: [1, 1], dilationRate: steps }),
      padding: random.oneOf(['valid', 'same']),
      dataFormat: random.oneOf(['channelsLast', 'channelsFirst']),
      activation: random.oneOf(ELEMENTWISE),
      useBias: random.chance(0.7),
    };
    this.#layers.push({ layer: new this.#dw.DepthwiseConv2D(config), config });
  }

  againLayer() {
    const one = this.#anyLayer();
    if (!one) return;
    const said = one.layer.getConfig();
    one.layer.dispose();
    assert.throws(() => one.layer.getConfig(), /^TypeError: Error in DepthwiseConv2D: the layer is disposed$/);
    one.layer = this.#dw.DepthwiseConv2D.fromConfig(this.#random.chance(0.5) ? said : JSON.parse(JSON.stringify(said)));
    one.weights = one.trained = undefined;
    assert.deepEqual(one.layer.getConfig(), said);
  }

  callLayer() {
    const one = this.#anyLayer();
    if (!one) return;
    const random = this.#random;
    const { layer, config } = one;
    const channels = one.weights ? layer.weights[0].shape[2] : random.within(1, 6);
    const [height, width] = [random.within(5, 9), random.within(5, 9)];
    const batch = random.within(0, 2);
    const shape =
      config.dataFormat === 'channelsFirst' ? [batch, channels, height, width] : [batch, height, width, channels];
    const x = { data: random.integers(oracle.sizeOf(shape)), shape };
    const training = random.chance(0.5);
    const y = layer.call(x, { training });
    one.weights ??= layer.weights.map(({ data }) => data.slice());
    if (training) one.trained = { x, weights: one.weights, yShape: y.shape };
    const [kernel, bias] = one.weights;
    assert.deepEqual(layer.computeOutputShape(shape), y.shape);
    assertClose(y, { shape: y.shape, data: outputOf(config, shape, { x: x.data, kernel, bias }) }, layer.name);
    this.#made(y);
  }

  backwardLayer() {
    const one = this.#anyLayer();
    if (!one) return;
    if (!one.trained) {
      assert.throws(() => one.layer.backward(valuesFor([1, 1, 1, 1])), /^\w+: Error in DepthwiseConv2D: /);
      return;
    }
    const { x, yShape, weights } = one.trained;
    const dy = { data: this.#random.integers(oracle.sizeOf(yShape)), shape: yShape };
    const { dx, gradients } = one.layer.backward(dy);
    if (one.config.activation === 'linear') {
      const convolution = convolutionOf(one.config, x.shape);
      assertMatches(dx, oracle.inputGradient(convolution, dy.data, weights[0]), 'dx');
      assertMatches(gradients.depthwise_kernel, oracle.filterGradient(convolution, x.data, dy.data), 'dkernel');
    }
    assert.deepEqual(dx.shape, x.shape);
    assert.deepEqual(
      Object.values(gradients).map(({ shape }) => shape),
      one.layer.weights.map(({ shape }) => shape),
    );
    for (const tensor of [dx, ...Object.values(gradients)]) this.#made(tensor);
  }

  setWeightsOfLayer() {
    const one = this.#anyLayer();
    if (!one?.weights) return;
    const { layer } = one;
    const weights = layer.weights.map(({ shape }) => ({
      data: this.#random.integers(oracle.sizeOf(shape)),
      shape,
    }));
    layer.setWeights(weights);
    one.weights = weights.map(({ data }) => data);
    one.trained = undefined;
    for (const tensor of layer.getWeights()) this.#made(tensor);
  }

  disposeLayer() {
    const one = this.#anyLayer();
    if (!one) return;
    one.layer.dispose();
    one.layer.dispose();
    assert.throws(() => one.layer.call(valuesFor([1, 1, 1, 1])), /Error in DepthwiseConv2D: the layer is disposed/);
    this.#layers.splice(this.#layers.indexOf(one), 1);
  }

  #anyLayer() {
    return this.#layers.length > 0 ? this.#random.oneOf(this.#layers) : undefined;
  }
}
