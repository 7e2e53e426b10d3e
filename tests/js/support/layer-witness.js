import assert from 'node:assert/strict';

import { assertSameBits } from './compare.js';
import { sizeOf } from './oracle.js';
import { Random } from './random.js';

/** Returns a tensor of fractions, which depend only on the shape. */
export function valuesFor(shape) {
  return { data: new Random(`[${shape}]`).fractions(sizeOf(shape)), shape };
}

/**
 * Returns a trained layer and functions that check that calls do not affect it: `refuses` checks that a call throws an error, leaves no
 * tensor, and changes neither the weights nor the results of the layer.
 */
export function makeWitness(dw) {
  const layer = new dw.DepthwiseConv2D({ kernelSize: [2, 3], depthMultiplier: 2, activation: 'tanh' });
  const x = valuesFor([1, 4, 5, 2]);
  const dy = valuesFor([1, 3, 3, 4]);
  layer.build(x.shape);
  layer.setWeights([valuesFor([2, 3, 2, 2]), valuesFor([4])]);
  layer.call(x, { training: true }).dispose();
  const state = () => dw.tidy(() => bitsOf(layer, x, dy));
  const before = state();

  /** @param text of the error after "Error in DepthwiseConv2D: ", or a pattern for all of it */
  function refuses(call, ErrorType, text) {
    const { numTensors, numBytes } = dw.memory();
    const thrown = errorFrom(call);
    assert.ok(thrown, `nothing was thrown: ${text}`);
    if (typeof text === 'string') assert.equal(thrown.message, `Error in DepthwiseConv2D: ${text}`);
    else assert.match(thrown.message, text);
    assert.equal(thrown.constructor, ErrorType, thrown.message);
    const after = dw.memory();
    assert.deepEqual([after.numTensors, after.numBytes], [numTensors, numBytes], 'tensors are left');
    assertUnchanged();
  }

  function assertUnchanged() {
    for (const [name, values] of Object.entries(state()))
      assertSameBits(values, before[name], `${name} after an error`);
  }

  return { layer, x, dy, refuses, assertUnchanged };
}

/** Returns the weights and results of a trained layer, as { name: { data } }. */
function bitsOf(layer, x, dy) {
  const { dx, gradients } = layer.backward(dy);
  const [kernel, bias] = layer.weights;
  const all = { kernel, bias, y: layer.call(x), dx, dkernel: gradients.depthwise_kernel, dbias: gradients.bias };
  return Object.fromEntries(Object.entries(all).map(([name, { data }]) => [name, { data: data.slice() }]));
}

function errorFrom(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
