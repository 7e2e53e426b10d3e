// Each request for memory of each call fails in turn: the call throws, frees everything, and is right the next time.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertSameBits } from './support/compare.js';
import { loadFailingModule } from './support/failing-module.js';
import { attrsOf, entries, problemFor, valuesFor } from './support/problem.js';
import { Random } from './support/random.js';

const { dw, failAllocation, isFailurePending, allocatedBlocks } = await loadFailingModule();

/** One for each use of scratch memory: packed channels, phases, NCHW, planes, wide rows. */
const CONVOLUTIONS = [
  { xShape: [2, 9, 8, 24], filterShape: [3, 3, 24, 2], strides: [2, 2], pad: 'same' },
  { xShape: [1, 9, 9, 3], filterShape: [5, 2, 3, 1], dilations: [2, 3], pad: 'same' },
  { xShape: [2, 3, 40, 36], filterShape: [3, 3, 3, 1], pad: 'same', dataFormat: 'NCHW' },
  { xShape: [1, 6, 9, 10], filterShape: [3, 3, 6, 2], strides: [2, 2], pad: 'same', dataFormat: 'NCHW' },
  { xShape: [1, 3, 200, 2], filterShape: [2, 5, 2, 1], pad: 'same' },
];

function counts() {
  const { numTensors, numBytes } = dw.memory();
  return { numTensors, numBytes };
}

/** Returns copies of tensors and disposes of them. */
function copies(...tensors) {
  return tensors.map((tensor) => {
    const data = tensor.data.slice();
    tensor.dispose?.();
    return { data };
  });
}

/**
 * Calls `attempt` first without a failure, then with each of its requests failing. `prepare` returns the argument of `attempt`, which
 * returns copies of its results; `end` disposes of what was prepared.
 *
 * @returns {number} the number of requests
 */
function failInTurn(functionName, { prepare = () => {}, attempt, end = () => {} }) {
  const pattern = new RegExp(`^Error in ${functionName}: out of memory(, [1-9]\\d* bytes were wanted)?$`);
  const { results: expected } = attempted(0);
  for (let request = 1; ; ++request) {
    assert.ok(request < 100, 'the call never finds memory');
    const { error, results, hasFailed } = attempted(request);
    results.forEach((result, i) => assertSameBits(result, expected[i], `after request ${request}`));
    if (!hasFailed) {
      assert.ifError(error);
      return request - 1;
    }
    assert.ok(error, `request ${request} failed, and the call did not throw`);
    assert.match(error.message, pattern);
    assert.equal(error.constructor, RangeError);
  }

  function attempted(request) {
    const before = { blocks: allocatedBlocks(), ...counts() };
    const prepared = prepare();
    const within = counts();
    let error, results;
    failAllocation(request);
    try {
      results = attempt(prepared);
    } catch (thrown) {
      error = thrown;
    }
    const hasFailed = request > 0 && !isFailurePending();
    failAllocation(0);
    assert.deepEqual(counts(), within, 'tensors are left');
    results ??= attempt(prepared); // after the failure
    end(prepared);
    assert.deepEqual({ blocks: allocatedBlocks(), ...counts() }, before, `after request ${request}`);
    return { error, results, hasFailed };
  }
}

for (const [functionName, entry] of Object.entries(entries)) {
  test(`${functionName} refuses a call in which any request fails`, () => {
    let scratch = 0;
    for (const convolution of CONVOLUTIONS) {
      const problem = problemFor(entry, convolution, new Random(functionName), 'fractions');
      const attempt = () => copies(entry.call(dw, problem, attrsOf(convolution)));
      const requests = failInTurn(functionName, { attempt }) - entry.inputs.length - 1;
      assert.ok(requests >= 0, 'each input and the result need memory');
      scratch += requests;
    }
    assert.ok(scratch > 0, 'no kernel requested scratch memory');
  });
}

test('tensor refuses a call in which the request fails, also within tidies', () => {
  const { data, shape } = valuesFor([3, 5]);
  assert.equal(failInTurn('tensor', { attempt: () => copies(dw.tensor(data, shape)) }), 1);
  const nested = () => dw.tidy(() => [dw.tensor(data, shape), dw.tidy(() => dw.tensor(data, [15]))]);
  assert.equal(failInTurn('tensor', { attempt: () => copies(...nested()) }), 2);
});

test('dataSync, tidy, keep and dispose request no memory', () => {
  const tensor = dw.tensor(Float32Array.of(1, 2), [2]);
  failAllocation(1);
  tensor.dataSync();
  dw.tidy(() => dw.keep(tensor));
  tensor.dispose();
  assert.ok(isFailurePending());
  failAllocation(0);
});

const WEIGHTS = [valuesFor([3, 3, 24, 2]), valuesFor([48])];
const FORMATS = {
  channelsLast: { x: valuesFor([2, 9, 8, 24]), dy: valuesFor([2, 5, 4, 48]) },
  channelsFirst: { x: valuesFor([2, 24, 9, 8]), dy: valuesFor([2, 48, 5, 4]) },
};

for (const [dataFormat, { x, dy }] of Object.entries(FORMATS)) {
  const config = {
    ...{ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, activation: 'softmax', dataFormat },
    ...{ activityRegularizer: 'l2', depthwiseInitializer: { className: 'Orthogonal', config: { seed: 5 } } },
  };
  const make = () => new dw.DepthwiseConv2D(config);
  const built = () => {
    const layer = new dw.DepthwiseConv2D({ ...config, weights: WEIGHTS });
    layer.build(x.shape);
    return layer;
  };
  const trained = () => {
    const layer = built();
    layer.call(x, { training: true }).dispose();
    return layer;
  };
  for (const [name, { prepare, attempt }] of Object.entries({
    build: {
      prepare: make,
      attempt(layer) {
        if (!layer.built) layer.build(x.shape);
        return copies(...layer.weights);
      },
    },
    call: { prepare: built, attempt: (layer) => copies(layer.call(x)) },
    'call in training': { prepare: built, attempt: (layer) => copies(layer.call(x, { training: true })) },
    backward: {
      prepare: trained,
      attempt(layer) {
        const { dx, gradients } = layer.backward(dy);
        return copies(dx, gradients.depthwise_kernel, gradients.bias);
      },
    },
    'setWeights and getWeights': {
      prepare: built,
      attempt(layer) {
        layer.setWeights(WEIGHTS);
        return copies(...layer.getWeights());
      },
    },
  })) {
    test(`a layer, ${dataFormat}: ${name} refuses a call in which any request fails`, () => {
      const requests = failInTurn('DepthwiseConv2D', { prepare, attempt, end: (layer) => layer.dispose() });
      assert.ok(requests >= 2, `${requests} requests`);
    });
  }
}
