// The limit of a training step, the work of kernel calls, the recorder of a profile, memory, and the program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { tf } from '../shared/tfjs.js';
import { leastTime, workOfCall } from './kernel-work.js';
import { measureMemory } from './memory.js';
import { networks } from './networks.js';
import { createRecorder, profileSteps } from './profile.js';
import { replaceMethod } from './replace-method.js';
import { stepLimit, stepWork } from './step-limit.js';
import { createTraining } from './training.js';

const program = fileURLToPath(new URL('../train.js', import.meta.url));
const limitsFile = fileURLToPath(new URL('../../build/wasm/bench/limits.wasm', import.meta.url));
const BATCH = 2;
const small = { network: 'resnet', optimizer: 'adam', batch: BATCH, size: 16, alpha: 0.1 };

tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
tf.env().set('PROD', true);
await tf.setBackend('wasm');
await registerKernels(tf);

/** conv 1×1, 3 → 4; normalization and relu; depthwise 2×2 with stride 2; gelu; dense 4 → 5. On pictures of 4 × 4 pixels. */
function smallModel() {
  const { layers } = tfl;
  const input = tfl.input({ shape: [4, 4, 3] });
  const wide = layers.conv2d({ filters: 4, kernelSize: 1, useBias: false }).apply(input);
  const normalized = layers.reLU().apply(layers.batchNormalization({}).apply(wide));
  const narrow = layers.depthwiseConv2d({ kernelSize: 2, strides: 2, useBias: false }).apply(normalized);
  const active = layers.activation({ activation: 'gelu' }).apply(narrow);
  const mean = layers.globalAveragePooling2d({}).apply(active);
  return tfl.model({ inputs: input, outputs: layers.dense({ units: 5 }).apply(mean) });
}

test('the work of a step is that of the layers, without the input gradient of the first layer', () => {
  const conv = 2 * BATCH * 16 * 3 * 4;
  const depthwise = 2 * BATCH * 4 * 4 * 4;
  const dense = 2 * BATCH * 4 * 5;
  const parameters = 3 * 4 + 2 * 4 + 4 * 4 + (4 * 5 + 5);
  // The relu is computed with the normalization; gelu reads a convolution, so it counts. 8 bytes forward, 12 backward.
  const elements = BATCH * (16 * 4 + 4 * 4);
  assert.deepEqual(stepWork(smallModel(), BATCH, 'adam'), {
    flops: {
      forward: conv + depthwise + dense,
      inputGradients: depthwise + dense,
      filterGradients: conv + depthwise + dense,
    },
    bytes: { elementwise: 20 * elements, optimizer: 28 * parameters },
  });
  assert.equal(stepWork(smallModel(), BATCH, 'sgd').bytes.optimizer, 12 * parameters);
});

test('gradients of frozen layers do not count, and neither do input gradients that only frozen layers use', () => {
  const model = smallModel();
  for (const layer of model.layers.slice(0, -1)) layer.trainable = false;
  const { flops, bytes } = stepWork(model, 1, 'sgd');
  assert.equal(flops.filterGradients, 2 * 4 * 5);
  assert.equal(flops.inputGradients, 0);
  assert.equal(bytes.optimizer, 12 * 25);
});

test('a normalization with a second reader does not include its activation', () => {
  const { layers } = tfl;
  const input = tfl.input({ shape: [2, 2, 3] });
  const normalized = layers.batchNormalization({}).apply(input);
  const sum = layers.add().apply([layers.reLU().apply(normalized), normalized]);
  const model = tfl.model({ inputs: input, outputs: layers.flatten().apply(sum) });
  assert.equal(stepWork(model, 1, 'sgd').bytes.elementwise, 20 * 2 * 12);
});

test('the limit of a step is the sum of its parts', () => {
  const flops = { forward: 10, inputGradients: 20, filterGradients: 30 };
  assert.equal(stepLimit({ flops, bytes: { elementwise: 8, optimizer: 4 } }, { arithmetic: 6, copy: 3 }), 14);
});

const info = (shape, dataId = {}) => ({ shape, dtype: 'float32', dataId });

test('the work of a convolution kernel is its products inside the image and its tensors', () => {
  const [x, filter, y] = [info([1, 3, 3, 2]), info([3, 3, 2, 4]), info([1, 3, 3, 4])];
  const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  // 49 taps of the nine pixels are inside.
  const work = { flops: 2 * 49 * 2 * 4, bytes: 4 * (18 + 72 + 36) };
  assert.deepEqual(workOfCall('Conv2D', { inputs: { x, filter }, attrs }, y), work);
  const ofX = { ...attrs, inputShape: x.shape };
  assert.deepEqual(workOfCall('Conv2DBackpropInput', { inputs: { dy: y, filter }, attrs: ofX }, x), work);
  const ofFilter = { ...attrs, filterShape: filter.shape };
  assert.deepEqual(workOfCall('Conv2DBackpropFilter', { inputs: { x, dy: y }, attrs: ofFilter }, filter), work);
  const depthwise = { inputs: { x, filter: info([3, 3, 2, 1]) }, attrs: { ...attrs, strides: 2, pad: 'valid' } };
  assert.equal(workOfCall('DepthwiseConv2dNative', depthwise, info([1, 1, 1, 2])).flops, 2 * 9 * 2);
});

test('the work of other kernels: matrix products, shared data, equal inputs, parts', () => {
  const [a, b] = [info([1, 5, 2]), info([1, 5, 3])];
  const product = workOfCall('BatchMatMul', { inputs: { a, b }, attrs: { transposeA: true } }, info([1, 2, 3]));
  assert.deepEqual(product, { flops: 2 * 2 * 3 * 5, bytes: 4 * (10 + 15 + 6) });
  const x = info([10]);
  const none = { flops: 0, bytes: 0 };
  assert.deepEqual(workOfCall('Reshape', { inputs: { x }, attrs: {} }, info([2, 5], x.dataId)), none);
  assert.equal(workOfCall('Multiply', { inputs: { a: x, b: x }, attrs: {} }, info([10])).bytes, 80);
  assert.equal(workOfCall('Concat', { inputs: [x, info([3])], attrs: {} }, info([13])).bytes, 4 * 26);
  assert.equal(workOfCall('Slice', { inputs: { x }, attrs: {} }, info([2])).bytes, 16);
  assert.equal(leastTime({ flops: 100, bytes: 10 }, { arithmetic: 50, copy: 10 }), 2);
  assert.equal(leastTime({ flops: 1, bytes: 10 }, { arithmetic: 50, copy: 10 }), 1);
});

test('the time of a kernel does not contain that of the kernels that it calls, also when one throws', () => {
  let time = 0;
  const recorder = createRecorder(() => time);
  const takes = (milliseconds, body = () => {}) => {
    return () => {
      time += milliseconds;
      return body();
    };
  };
  recorder.start({ withWork: false });
  const inner = () => recorder.run('inner', takes(3), {});
  const result = recorder.run(
    'outer',
    takes(2, () => (inner(), inner(), 'result')),
    {},
  );
  assert.equal(result, 'result');
  const fail = () => {
    throw new Error('refused');
  };
  assert.throws(() => recorder.run('inner', takes(5, fail), {}), /refused/);
  recorder.run('outer', takes(1), {});
  const times = [...recorder.kernels()].map(([name, { count, milliseconds }]) => [name, count, milliseconds]);
  assert.deepEqual(times, [
    ['outer', 2, 3],
    ['inner', 3, 11],
  ]);
  assert.deepEqual(recorder.spans(), [
    { start: 0, end: 8 },
    { start: 8, end: 13 },
    { start: 13, end: 14 },
  ]);
});

test('a replaced method is restored as it was: inherited, or of the object', () => {
  const object = Object.create({ name: () => 'inherited' });
  const undo = replaceMethod(object, 'name', (name) => () => `not ${name()}`);
  assert.equal(object.name(), 'not inherited');
  const undoAgain = replaceMethod(object, 'name', (name) => () => `again ${name()}`);
  assert.equal(object.name(), 'again not inherited');
  undoAgain();
  assert.equal(object.name(), 'not inherited');
  undo();
  assert.deepEqual(Object.getOwnPropertyNames(object), []);
});

test('the memory of a step is that of one training: live after forward is at most the peak, and both are restored', async () => {
  const other = await createTraining('kernels', small);
  const training = await createTraining('kernels', small);
  await training.step();
  const before = tf.memory();
  const { live, peak } = await measureMemory(training);
  assert.deepEqual(tf.memory(), before);
  assert.ok(live.bytes > training.own.bytes, `${live.bytes}`);
  assert.ok(peak > live.bytes, `${peak}`);
  assert.ok(live.tensors > training.own.tensors);
  assert.deepEqual(await measureMemory(training), { live, peak });
  await other.step();
  assert.deepEqual(await measureMemory(other), { live, peak });
});

test('a profile contains each kernel of a step, and the kernels are restored', async () => {
  const training = await createTraining('kernels', small);
  const kernels = tf.getKernelsForBackend('wasm');
  const speeds = { arithmetic: 1e6, copy: 1e6 };
  const profile = await profileSteps(training, { steps: 2, speeds });
  assert.deepEqual(tf.getKernelsForBackend('wasm'), kernels);
  const row = (name) => profile.kernels.find((kernel) => kernel.name === name);
  const convolutions = training.model.layers.filter((layer) => layer.getClassName() === 'Conv2D').length;
  assert.equal(row('Conv2DBackpropFilter').calls, convolutions);
  const { flops } = stepWork(training.model, BATCH, 'adam');
  const dense = 2 * BATCH * training.model.layers.at(-1).inboundNodes[0].inputShapes[0][1] * 2;
  assert.equal(row('Conv2DBackpropFilter').flops, flops.filterGradients - dense);
  assert.ok(profile.javascript > 0 && profile.kernels.every(({ milliseconds }) => milliseconds >= 0));
  assert.ok(profile.javascript < profile.milliseconds);
});

test('profile and memory of compiled training: steps that repeat the recorded one have the same kernels and peak', async () => {
  const training = await createTraining('compiled', small);
  await training.activate();
  await training.step(); // creates the variables of the optimizer
  const recorded = await measureMemory(training);
  await training.step();
  assert.deepEqual(await measureMemory(training), recorded);
  const profile = await profileSteps(training, { steps: 2, speeds: { arithmetic: 1e6, copy: 1e6 } });
  const named = (name) => profile.kernels.find((kernel) => kernel.name === name);
  for (const name of ['FusedConv2D', 'Conv2DBackpropFilter', 'BatchNormTrainingGrad']) {
    assert.ok(named(name).calls > 0 && named(name).milliseconds > 0, name);
  }
  assert.ok(profile.javascript > 0 && profile.javascript < profile.milliseconds);
});

/** Trains two steps and returns the losses. */
async function lossesOf(way, options) {
  const training = await createTraining(way, options);
  const losses = [];
  for (let i = 0; i < 2; ++i) {
    await training.activate();
    losses.push((await training.step()).loss);
  }
  return losses;
}

function areClose(losses, others) {
  losses.forEach((loss, i) => assert.ok(Math.abs(loss / others[i] - 1) < 1e-3, `${losses}; ${others}`));
}

// With less than four pixels at the end of the network, normalization in batches amplifies rounding errors.
for (const network of Object.keys(networks)) {
  test(`${network} trains, with the same losses with and without hooks`, async () => {
    const options = { ...small, network, optimizer: 'sgd', batch: 4, size: 64 };
    const [first, second] = await lossesOf('kernels', options);
    assert.ok(Math.abs(second - first) > 1e-5, `${first}, then ${second}`);
    areClose(await lossesOf('hooks', options), [first, second]);
  });
}

test('the losses are those of the cpu backend', async () => {
  const options = { ...small, network: 'convnext' };
  areClose(await lossesOf('cpu', options), await lossesOf('hooks', options));
});

test('an unknown network ends with an error', () => {
  const { status, stderr } = spawnSync(process.execPath, [program, '--network', 'v9'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /'v9' is invalid.*v1, v2, efficientnet, convnext, resnet/);
});

// npm run compare:train builds this file.
test('the program prints a step, the limit and a profile', { skip: !existsSync(limitsFile) }, () => {
  const args = ['--network', 'resnet', '--alpha', '0.1', '--size', '16', '--batch', '1', '--steps', '2', '--profile'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ +2( +[\d.]+){3}( +[\d.]+ ms){3}$/m);
  assert.match(stdout, /^no hooks( +[\d.]+ ms){3} +[\d.]+ +\d+ +[\d.]+ MB/m);
  assert.match(stdout, /^Conv2DBackpropFilter +\d+ +[\d.]+ +[\d.]+ GF +[\d.]+$/m);
  assert.match(stdout, /^Limit [\d.]+ ms, with \d+ GF/m);
});
