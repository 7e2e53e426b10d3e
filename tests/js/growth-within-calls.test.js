// The memory moves when it grows, whichever of a call's requests makes it grow: results, inputs and what lives beside them stay what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { freshLoad, wasmBytes } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { takeAllMemory } from './support/without-memory.js';

const wasmModule = await WebAssembly.compile(await wasmBytes());
const loadModule = () => freshLoad()({ wasmModule });

/**
 * Runs `attempt(dw, prepared)` in modules that have ever more room before they must grow, until it has all that it wants. `prepare(dw)` comes
 * before the memory is full; `attempt` gives tensors.
 */
async function growInTurn({ prepare = () => ({}), attempt }) {
  const roomy = await loadModule();
  const expected = attempt(roomy, prepare(roomy)).map((tensor) => ({ data: tensor.data.slice() }));
  let growths = 0;
  for (let freed = 0; ; freed += 2 + Math.floor(freed / 4)) {
    const dw = await loadModule();
    const witness = dw.tensor(valuesFor([64]).data, [64]);
    const prepared = prepare(dw);
    const fillers = takeAllMemory(dw);
    for (const filler of fillers.splice(-freed, freed)) filler.dispose();
    const view = witness.data;
    const { heapBytes } = dw.memory();
    const results = attempt(dw, prepared);
    results.forEach((tensor, i) => assertSameBits(tensor, expected[i], `result ${i} after ${freed}`));
    assertSameBits(witness, valuesFor([64]));
    if (dw.memory().heapBytes === heapBytes) break;
    assert.equal(view.length, 0, 'the memory has not moved');
    ++growths;
    assert.ok(freed < 2000, 'it always grows');
  }
  return growths;
}

const CONVOLUTION = { xShape: [1, 17, 16, 9], filterShape: [3, 2, 9, 2], strides: [2, 1], pad: 'same' };
const PLANES = { xShape: [1, 5, 24, 20], filterShape: [3, 3, 5, 1], pad: 'same', dataFormat: 'NCHW' };

for (const [name, entry] of Object.entries(entries)) {
  test(`the memory grows within ${name}`, async () => {
    for (const convolution of [CONVOLUTION, PLANES]) {
      const problem = makeProblem(convolution, new Random(name), 'fractions');
      const attempt = (dw, given) => [entry.call(dw, { ...problem, ...given }, attrsOf(convolution))];
      assert.ok((await growInTurn({ attempt })) > 2);
      // Inputs that lie in this very memory, as tensors and as views.
      const [first, second] = entry.inputs;
      const prepare = (dw) => {
        const [one, other] = [first, second].map((input) => dw.tensor(problem[input].data, problem[input].shape));
        return { [first]: one, [second]: { data: other.data, shape: other.shape } };
      };
      assert.ok((await growInTurn({ prepare, attempt })) > 1);
    }
  });
}

const X = valuesFor([2, 9, 8, 24]);
const WEIGHTS = [valuesFor([3, 3, 24, 2]), valuesFor([48])];
const CONFIG = { kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, activation: 'softmax' };

const built = (dw) => {
  const layer = new dw.DepthwiseConv2D({ ...CONFIG, weights: WEIGHTS });
  layer.build(X.shape);
  return layer;
};
const trained = (dw) => {
  const layer = built(dw);
  layer.call(X, { training: true }).dispose();
  return layer;
};

for (const [what, { prepare, attempt }] of Object.entries({
  'the building of a layer': { attempt: (dw) => [...built(dw).weights] },
  'the call of a layer': { prepare: built, attempt: (dw, layer) => [layer.call(X), ...layer.weights] },
  'a training call': { prepare: built, attempt: (dw, layer) => [layer.call(X, { training: true }), ...layer.weights] },
  backward: {
    prepare: trained,
    attempt(dw, layer) {
      const { dx, gradients } = layer.backward(valuesFor([2, 5, 4, 48]));
      return [dx, gradients.depthwise_kernel, gradients.bias, ...layer.weights];
    },
  },
  getWeights: { prepare: built, attempt: (dw, layer) => layer.getWeights() },
  setWeights: {
    prepare: (dw) => [built(dw), built(dw)],
    attempt(dw, [layer, other]) {
      layer.setWeights(other.weights); // views of this memory
      return [...layer.weights, ...other.weights];
    },
  },
})) {
  test(`the memory grows within ${what}`, async () => {
    assert.ok((await growInTurn({ prepare, attempt })) > 0);
  });
}
