/** Convolutions of tfjs compute with the channels last, also for a layer that has them first. */

import { describe } from '../kinds.js';

/** The only input of a layer, with the channels last. */
export function inputOf(tf, layer, inputs) {
  const list = [inputs].flat();
  const [x] = list;
  if (list.length !== 1 || x.rank !== 4) {
    const shapes = list.map(({ shape }) => describe(shape)).join(' and ');
    throw new TypeError(
      `Error in ${layer.getClassName()}: the input must be one tensor of 4 dimensions, got ${shapes}`,
    );
  }
  return isChannelsFirst(layer) ? tf.transpose(x, [0, 2, 3, 1]) : x;
}

/** What a layer makes of a convolution that has the channels last: with its bias, in its format, through its activation. */
export function outputOf(tf, layer, convolved) {
  const y = layer.useBias ? tf.add(convolved, layer.bias.read()) : convolved;
  // Here, since softmax is over the last axis of the layer's format, as in Keras.
  return layer.activation.apply(isChannelsFirst(layer) ? tf.transpose(y, [0, 3, 1, 2]) : y);
}

export function isChannelsFirst({ dataFormat }) {
  return dataFormat === 'channelsFirst';
}
