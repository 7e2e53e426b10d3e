// The whole networks that the lab measures. This file imports no network: the page needs only the names.

/**
 * The passes of a network. `tolerance`: the largest allowed difference from the reference, relative to the largest right value. A deep network
 * amplifies rounding errors: in MobileNetV1, two backends differ by up to 8e-3 of the largest gradient.
 */
export const networkPasses = [
  { id: 'predict', title: 'Predict', formula: 'one picture', tolerance: 1e-4 },
  { id: 'train', title: 'Training step', formula: 'forward, backward, new weights', tolerance: 5e-2 },
];

/** The networks. `size`: side length of a picture; `batch`: pictures of a training step. */
export const networks = [
  { name: 'network/teach', title: 'Network of the page Teach it', size: 32, batch: 16 },
  { name: 'network/mobilenet-v1', title: 'MobileNetV1, α 0.25', size: 96, batch: 4, alpha: 0.25 },
  { name: 'network/mobilenet-v2', title: 'MobileNetV2, α 0.35', size: 96, batch: 4, alpha: 0.35 },
];

/** @param {string} name @returns {any} the network, or undefined */
export function networkOf(name) {
  return networks.find((network) => network.name === name);
}

/** Returns the task of a network for users, such as `96×96×3, training with batches of 4`. @param {any} network */
export function networkText({ size, batch }) {
  return `${size}×${size}×3, training with batches of ${batch}`;
}
