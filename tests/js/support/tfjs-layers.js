import * as tfl from '@tensorflow/tfjs-layers';

import { sizeOf } from './oracle.js';
import { Random } from './random.js';
import { tf, useBackend } from './tfjs.js';

await useBackend('cpu');

export { tf, tfl };

/** Returns the values of a tensor of tfjs or of this package, as { data, shape }. */
export function plain(tensor) {
  return { data: tensor.dataSync(), shape: [...tensor.shape] };
}

export function toTfjs({ data, shape }) {
  return tf.tensor(data, shape, 'float32');
}

/** Returns fractions in [-1, 1), as { data, shape }. */
export function randomTensor(random, shape) {
  return { data: random.fractions(sizeOf(shape)), shape };
}

/**
 * Returns what `body` returns for a layer of this package (`ours`) and one of tfjs (`theirs`), both built for `xShape` and with the same
 * weights, and for an x and a dy of the right shapes. Tensors that `body` creates are disposed of. The layer of tfjs gets a copy of `config`,
 * because tfjs changes it.
 */
export function withBoth(dw, config, xShape, body) {
  const random = new Random(JSON.stringify([config, xShape]));
  const ours = new dw.DepthwiseConv2D(config);
  const theirs = tfl.layers.depthwiseConv2d(structuredClone(config));
  try {
    ours.build(xShape);
    theirs.build(xShape);
    const weights = ours.weights.map(({ shape }) => randomTensor(random, [...shape]));
    const x = randomTensor(random, xShape);
    const dy = randomTensor(random, ours.computeOutputShape(xShape));
    return tf.tidy(() =>
      dw.tidy(() => {
        ours.setWeights(weights);
        theirs.setWeights(weights.map(toTfjs));
        return body({ ours, theirs, weights, x, dy });
      }),
    );
  } finally {
    ours.dispose();
    theirs.disposeWeights();
  }
}

export function callTfjs(layer, x) {
  return plain(layer.apply(toTfjs(x)));
}

/** Returns the names of the activations of tfjs-layers. */
export function tfjsActivations() {
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  const base = Object.getPrototypeOf(classes.linear[0]);
  return Object.keys(classes).filter((name) => Object.getPrototypeOf(classes[name][0]) === base);
}

/** Returns the entry of the only DepthwiseConv2D in the file of a tfjs model. */
export function entryOf(model) {
  return model.toJSON(null, false).config.layers.find(({ class_name }) => class_name === 'DepthwiseConv2D');
}

/**
 * Returns { dx, gradients } of the loss Σ y·dy plus the terms of the regularizers, by tfjs's automatic differentiation.
 *
 * @param {(y: object) => object} activityLoss the term of the activityRegularizer: tfjs refuses to call a layer that has one
 */
export function tfjsGradients(layer, x, dy, activityLoss = () => tf.scalar(0)) {
  const lossAt = (input) => {
    const y = layer.apply(input);
    const terms = [...layer.calculateLosses(), activityLoss(y)];
    return terms.reduce((sum, term) => tf.add(sum, term), tf.sum(tf.mul(y, toTfjs(dy))));
  };
  const dx = plain(tf.grad(lossAt)(toTfjs(x)));
  const trained = layer.trainableWeights;
  if (trained.length === 0) return { dx, gradients: {} };
  const { grads } = tf.variableGrads(
    () => lossAt(toTfjs(x)),
    trained.map((weight) => weight.read()),
  );
  const entries = trained.map((weight) => [weight.originalName, plain(grads[weight.name])]);
  return { dx, gradients: Object.fromEntries(entries) };
}
