import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose } from './support/compare.js';
import { combine } from './support/grids.js';
import { Random } from './support/random.js';
import {
  plain,
  randomTensor,
  tf,
  tfjsActivations,
  tfjsGradients,
  tfl,
  toTfjs,
  withBoth,
} from './support/tfjs-layers.js';

const dw = await load();

function trainingCall(layer, x, dy) {
  layer.call(x, { training: true });
  return layer.backward(dy);
}

/**
 * Checks dx and the gradients of the weights relative to the largest value of all of them: some sums cancel to almost 0 (the gradient of
 * the bias with softmax along the width).
 */
function assertGradients(got, expected, what) {
  const all = ({ dx, gradients }) => Object.entries({ dx, ...gradients });
  const names = (result) => all(result).map(([name, { shape }]) => [name, [...shape]]);
  const values = (result) => all(result).flatMap(([, { data }]) => [...data]);
  assert.deepEqual(names(got), names(expected), what);
  const [data, right] = [got, expected].map(values);
  assertClose({ data, shape: [data.length] }, { data: right, shape: [right.length] }, what);
}

test('dx and the gradients of kernel and bias equal those of tfjs', () => {
  for (const config of combine({
    kernelSize: [3, [2, 4], [1, 5]],
    strides: [1, 2, [2, 1]],
    padding: ['valid', 'same'],
    depthMultiplier: [1, 3],
    dataFormat: ['channelsLast', 'channelsFirst'],
    useBias: [true, false],
  })) {
    const xShape = config.dataFormat === 'channelsFirst' ? [2, 3, 7, 6] : [2, 7, 6, 3];
    withBoth(dw, config, xShape, ({ ours, theirs, x, dy }) => {
      assertGradients(trainingCall(ours, x, dy), tfjsGradients(theirs, x, dy), JSON.stringify(config));
    });
  }
});

test('through every activation of tfjs', () => {
  for (const config of combine({ activation: tfjsActivations(), dataFormat: ['channelsLast', 'channelsFirst'] })) {
    withBoth(dw, { kernelSize: [2, 3], ...config }, [2, 6, 5, 5], ({ ours, theirs, x, dy }) => {
      for (const scale of [0.1, 1, 5]) {
        const scaled = { data: x.data.map((value) => value * scale), shape: x.shape };
        const what = `${JSON.stringify(config)}, x ${scale} times as large`;
        assertGradients(trainingCall(ours, scaled, dy), tfjsGradients(theirs, scaled, dy), what);
      }
    });
  }
});

const regularizers = [
  'l1l2',
  { className: 'L1L2', config: { l1: 0.3, l2: 0 } },
  { className: 'L1L2', config: { l1: 0, l2: 0.7 } },
  { className: 'L1L2', config: { l1: 0.2, l2: 0.4 } },
];

test('with regularizers of kernel and bias', () => {
  for (const depthwiseRegularizer of [null, ...regularizers]) {
    for (const biasRegularizer of [null, ...regularizers]) {
      const config = { kernelSize: 3, depthMultiplier: 2, activation: 'tanh', depthwiseRegularizer, biasRegularizer };
      withBoth(dw, config, [2, 5, 5, 3], ({ ours, theirs, x, dy }) => {
        assertGradients(trainingCall(ours, x, dy), tfjsGradients(theirs, x, dy), JSON.stringify(config));
      });
    }
  }
});

test('with a regularizer of the output, divided by the batch', () => {
  for (const config of combine({
    activityRegularizer: regularizers,
    activation: ['linear', 'elu', 'softmax'],
    useBias: [true, false],
  })) {
    const { activityRegularizer, ...others } = { kernelSize: 3, padding: 'same', ...config };
    const batch = 3;
    withBoth(dw, others, [batch, 5, 5, 2], ({ ours: without, theirs, x, dy }) => {
      const ours = new dw.DepthwiseConv2D({ ...others, activityRegularizer, weights: without.weights });
      const { l1, l2 } = activityRegularizer.config ?? {};
      const regularizer = tfl.regularizers.l1l2({ l1, l2 });
      const expected = tfjsGradients(theirs, x, dy, (y) => tf.div(regularizer.apply(y), batch));
      assertGradients(trainingCall(ours, x, dy), expected, JSON.stringify(config));
      ours.dispose();
    });
  }
});

test('a layer that is not trainable has dx only; a change takes effect with the next call', () => {
  const config = { kernelSize: 3, activation: 'sigmoid', trainable: false, biasRegularizer: 'l1l2' };
  withBoth(dw, config, [2, 5, 5, 3], ({ ours, theirs, x, dy }) => {
    assertGradients(trainingCall(ours, x, dy), tfjsGradients(theirs, x, dy), 'not trainable');
    ours.trainable = theirs.trainable = true;
    const trained = tfjsGradients(theirs, x, dy);
    assert.deepEqual(Object.keys(trained.gradients), ['depthwise_kernel', 'bias']);
    assertGradients(trainingCall(ours, x, dy), trained, 'trainable');
  });
});

test('gradients belong to the last training call, however often backward is called', () => {
  withBoth(dw, { kernelSize: 3, activation: 'swish' }, [2, 5, 5, 3], ({ ours, theirs, x, dy }) => {
    const random = new Random('calls in between');
    const other = randomTensor(random, [3, 9, 4, 3]);
    ours.call(other, { training: true });
    ours.call(x, { training: true });
    ours.call(other);
    const expected = tfjsGradients(theirs, x, dy);
    for (let i = 0; i < 3; ++i) assertGradients(ours.backward(dy), expected, `time ${i}`);
    const otherDy = randomTensor(random, dy.shape);
    assertGradients(ours.backward(otherDy), tfjsGradients(theirs, x, otherDy), 'another dy');
  });
});

test('gradient descent gives the weights of model.fit of tfjs', async () => {
  const [rate, steps] = [0.3, 5];
  const config = {
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    depthMultiplier: 2,
    activation: 'tanh',
    depthwiseRegularizer: { className: 'L1L2', config: { l1: 0.01, l2: 0.02 } },
    biasRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.05 } },
    inputShape: [6, 7, 3],
    name: 'trained',
  };
  const random = new Random('training');
  const [x, target] = [
    [4, 6, 7, 3],
    [4, 3, 4, 6],
  ].map((shape) => randomTensor(random, shape));
  const ours = new dw.DepthwiseConv2D(config);
  ours.build();
  const start = ours.getWeights().map(plain);

  const theirs = tfl.layers.depthwiseConv2d(structuredClone(config));
  const model = tfl.sequential({ layers: [theirs] });
  theirs.setWeights(start.map(toTfjs));
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });
  const { history } = await model.fit(toTfjs(x), toTfjs(target), { epochs: steps, batchSize: 4, shuffle: false });

  for (let step = 0; step < steps; ++step) {
    dw.tidy(() => {
      const y = ours.call(x, { training: true });
      const errors = y.data.map((value, i) => value - target.data[i]);
      const loss = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
      const total = ours.losses().reduce((sum, term) => sum + term, loss);
      assert.ok(Math.abs(total - history.loss[step]) < 1e-5, `step ${step}: ${total}, not ${history.loss[step]}`);
      const dy = { data: errors.map((error) => (2 * error) / errors.length), shape: y.shape };
      const { gradients } = ours.backward(dy);
      for (const { name, data } of ours.weights) {
        gradients[name].data.forEach((slope, i) => (data[i] -= rate * slope));
      }
    });
  }
  ours.getWeights().forEach((weight, i) => {
    assertClose(weight, plain(theirs.getWeights()[i]), `weight ${i}`);
    assert.notDeepEqual([...weight.data], [...start[i].data], 'nothing was learned');
  });
  ours.dispose();
});
