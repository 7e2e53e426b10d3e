// Every call of the module, with each of its requests for memory failing in turn: it says so, leaves nothing taken, and the next call is
// right to the bit.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadFailingModule } from './support/failing-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';

const { dw, failAllocation, isToFail, blocksTaken } = await loadFailingModule();

// One of each kind that wants other memory: lanes that are staged, phases, planes, channels in other orders.
const CONVOLUTIONS = [
  { xShape: [2, 9, 8, 24], filterShape: [3, 3, 24, 1], pad: 'same' },
  { xShape: [2, 9, 8, 24], filterShape: [3, 3, 24, 2], strides: [2, 2], pad: 'same' },
  { xShape: [1, 9, 9, 3], filterShape: [5, 2, 3, 1], dilations: [2, 3], pad: 'same' },
  { xShape: [1, 8, 7, 5], filterShape: [3, 1, 5, 3], strides: [3, 1], pad: 2 },
  { xShape: [2, 3, 40, 36], filterShape: [3, 3, 3, 1], pad: 'same', dataFormat: 'NCHW' },
  { xShape: [1, 6, 9, 10], filterShape: [3, 3, 6, 2], strides: [2, 2], pad: 'same', dataFormat: 'NCHW' },
  { xShape: [1, 3, 200, 2], filterShape: [2, 5, 2, 1], pad: 'same' },
];

/**
 * Runs `attempt` on what `prepare` gives, first as it is and then with each request failing. `attempt` gives copies of what it computes,
 * and `end` disposes of what was prepared.
 *
 * @returns {number} how many requests failed
 */
function failInTurn(functionName, { prepare = () => {}, attempt, end = () => {} }) {
  const text = new RegExp(`^Error in ${functionName}: out of memory(, [1-9]\\d* bytes were wanted)?$`);
  const { expected } = attempted(0);
  for (let request = 1; ; ++request) {
    const { error, hasFailed } = attempted(request, expected);
    if (!hasFailed) {
      assert.ifError(error);
      return request - 1;
    }
    assert.ok(error, `request ${request} failed, and nothing was said`);
    assert.match(error.message, text);
    assert.equal(error.constructor, RangeError);
    assert.ok(request < 100, 'it never finds memory');
  }

  function attempted(request, right) {
    const before = { blocks: blocksTaken(), ...counts() };
    const prepared = prepare();
    const within = counts();
    let error, results;
    failAllocation(request);
    try {
      results = attempt(prepared);
    } catch (thrown) {
      error = thrown;
    }
    const hasFailed = request > 0 && !isToFail();
    failAllocation(0);
    assert.deepEqual(counts(), within, 'tensors are left');
    results ??= attempt(prepared); // after the failure
    if (right) results.forEach((result, i) => assertSameBits(result, right[i], `after request ${request}`));
    end(prepared);
    assert.deepEqual({ blocks: blocksTaken(), ...counts() }, before, `after request ${request}`);
    return { error, hasFailed, expected: results };
  }
}

function counts() {
  const { numTensors, numBytes } = dw.memory();
  return { numTensors, numBytes };
}

/** Copies of tensors, which are disposed of, and of weights. No tidy may take what a failure has left. */
function copies(...tensors) {
  return tensors.map((tensor) => {
    const data = tensor.data.slice();
    tensor.dispose?.();
    return { data };
  });
}

for (const [functionName, entry] of Object.entries(entries)) {
  test(`${functionName} says so, whichever of its requests fails`, () => {
    let most = 0;
    for (const convolution of CONVOLUTIONS) {
      const problem = makeProblem(convolution, new Random(functionName), 'fractions');
      const attempt = () => copies(entry.call(dw, problem, attrsOf(convolution)));
      const failures = failInTurn(functionName, { attempt });
      assert.ok(failures > entry.inputs.length, `${failures} requests`); // each input and the result
      most = Math.max(most, failures - entry.inputs.length - 1);
    }
    assert.ok(most > 0, 'no kernel asked for memory of its own');
  });
}

test('fusedDepthwiseConv2D with all its inputs', () => {
  const [x, filter, perChannel] = [valuesFor([1, 9, 8, 6]), valuesFor([3, 3, 6, 2]), valuesFor([12])];
  const inputs = { x, filter, bias: perChannel, preluActivationWeights: perChannel };
  const attrs = { pad: 'same', strides: 2, activation: 'prelu' };
  const attempt = () => copies(dw.fusedDepthwiseConv2D({ inputs, attrs }));
  assert.ok(failInTurn('fusedDepthwiseConv2D', { attempt }) >= 5);
});

test('tensor, and in a tidy whose earlier tensors go', () => {
  const { data, shape } = valuesFor([3, 5]);
  assert.equal(failInTurn('tensor', { attempt: () => copies(dw.tensor(data, shape)) }), 1);
  const nested = () => dw.tidy(() => [dw.tensor(data, shape), dw.tidy(() => dw.tensor(data, [15]))]);
  assert.equal(failInTurn('tensor', { attempt: () => copies(...nested()) }), 2);
});

test('what needs no memory asks for none', () => {
  const tensor = dw.tensor(Float32Array.of(1, 2), [2]);
  failAllocation(1);
  tensor.dataSync();
  dw.tidy(() => dw.keep(tensor));
  tensor.dispose();
  assert.ok(isToFail());
  failAllocation(0);
});

const X = valuesFor([2, 9, 8, 24]);
const DY = valuesFor([2, 5, 4, 48]);
const WEIGHTS = [valuesFor([3, 3, 24, 2]), valuesFor([48])];
const CONFIG = {
  ...{ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, activation: 'softmax' },
  ...{ activityRegularizer: 'l2', depthwiseInitializer: { className: 'Orthogonal', config: { seed: 5 } } },
};
const LAYERS = {
  'channels last': { config: CONFIG, x: X, dy: DY },
  'channels first, softmax': {
    config: { ...CONFIG, dataFormat: 'channelsFirst' },
    x: valuesFor([2, 24, 9, 8]),
    dy: valuesFor([2, 48, 5, 4]),
  },
  'channels first, gelu': {
    config: { ...CONFIG, dataFormat: 'channelsFirst', activation: 'gelu' },
    x: valuesFor([2, 24, 9, 8]),
    dy: valuesFor([2, 48, 5, 4]),
  },
};

const make = (config) => new dw.DepthwiseConv2D(config);

function failLayerInTurn(attempt, prepare) {
  return failInTurn('DepthwiseConv2D', { prepare, attempt, end: (layer) => layer?.dispose() });
}

/** Attempts make a layer of their own, and dispose of it also when they fail. */
function withLayer(config, body) {
  const layer = make(config);
  try {
    return body(layer);
  } finally {
    layer.dispose();
  }
}

for (const [what, { config, x, dy }] of Object.entries(LAYERS)) {
  const built = () => {
    const layer = make({ ...config, weights: WEIGHTS });
    layer.build(x.shape);
    return layer;
  };
  const trained = () => {
    const layer = built();
    layer.call(x, { training: true }).dispose();
    return layer;
  };

  test(`a layer, ${what}: made, built and called`, () => {
    const failures = failLayerInTurn(() =>
      withLayer({ ...config, weights: WEIGHTS }, (layer) => {
        const y = layer.call(x);
        return copies(y, ...layer.weights);
      }),
    );
    assert.ok(failures >= 6, `${failures} requests`);
  });

  test(`a layer, ${what}: built with what its initializers draw`, () => {
    const failures = failLayerInTurn(
      (layer) => {
        if (!layer.built) layer.build(x.shape);
        return copies(...layer.weights);
      },
      () => make(config),
    );
    assert.ok(failures >= 2, `${failures} requests`);
  });

  for (const training of [false, true]) {
    test(`a layer, ${what}: call with training ${training}`, () => {
      assert.ok(failLayerInTurn((layer) => copies(layer.call(x, { training })), built) >= 2);
    });
  }

  test(`a layer, ${what}: backward`, () => {
    const failures = failLayerInTurn((layer) => {
      const { dx, gradients } = layer.backward(dy);
      return copies(dx, gradients.depthwise_kernel, gradients.bias);
    }, trained);
    assert.ok(failures >= 4, `${failures} requests`);
  });

  test(`a layer, ${what}: setWeights and getWeights`, () => {
    const failures = failLayerInTurn((layer) => {
      layer.setWeights(WEIGHTS);
      return copies(...layer.getWeights());
    }, built);
    assert.equal(failures, 4);
  });
}

test('getConfig and toJSON', () => {
  const attempt = (layer) => {
    assert.deepEqual(layer.getConfig().kernelSize, [3, 3]);
    assert.equal(layer.toJSON().class_name, 'DepthwiseConv2D');
    return [];
  };
  assert.equal(
    failLayerInTurn(attempt, () => make(CONFIG)),
    2,
  );
});

test('what of a layer needs no memory asks for none', () => {
  const layer = make({ ...CONFIG, depthwiseConstraint: 'nonNeg' });
  layer.build(X.shape);
  failAllocation(1);
  layer.applyConstraints();
  layer.computeOutputShape(X.shape);
  layer.countParams();
  layer.losses();
  assert.ok(layer.name && layer.built && layer.trainable && layer.weights.length === 2);
  layer.trainable = false;
  layer.dispose();
  assert.ok(isToFail());
  failAllocation(0);
});
