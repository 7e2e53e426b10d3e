import * as tfl from '@tensorflow/tfjs-layers';

import { sizeOf } from './oracle.js';
import { Random } from './random.js';
import { tf, useBackend } from './tfjs.js';

await useBackend('cpu');

export { tf, tfl };

/** The values of a tensor of tfjs's or of this package's, as { data, shape }. */
export function plain(tensor) {
  return { data: tensor.dataSync(), shape: [...tensor.shape] };
}

export function toTfjs({ data, shape }) {
  return tf.tensor(data, shape, 'float32');
}

/** Fractions in [-1, 1), as { data, shape }. */
export function randomTensor(random, shape) {
  return { data: random.fractions(sizeOf(shape)), shape };
}

/**
 * Runs `body` with a layer of this package (`ours`) and one of tfjs (`theirs`), both built for `xShape` and with the same weights; and
 * with an x and a dy that fit. What is made in it is disposed of. The configuration of theirs is a copy, because tfjs writes into it.
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

/** The names of the activations that tfjs-layers has. */
export function tfjsActivations() {
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  const base = Object.getPrototypeOf(classes.linear[0]);
  return Object.keys(classes).filter((name) => Object.getPrototypeOf(classes[name][0]) === base);
}

/** A tfjs model's entry for its only layer of the kind, as the model's file has it. */
export function entryOf(model) {
  return model.toJSON(null, false).config.layers.find(({ class_name }) => class_name === 'DepthwiseConv2D');
}

/**
 * dx and the gradients of the weights of Σ y·dy and whatever regularization adds, as tfjs's automatic differentiation has them.
 *
 * @param {(y: object) => object} activityLoss what is added for y: tfjs refuses to call a layer that has an activityRegularizer
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
