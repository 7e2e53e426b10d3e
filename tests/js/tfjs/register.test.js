// registerKernels: its arguments, what it replaces, and repeated calls. tests/js/load.test.js tests how it loads its wasm file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { anotherCopy } from '../support/another-module.js';
import { runInChild } from '../support/child.js';
import { assertExact } from '../support/compare.js';
import { inputGradient } from '../support/oracle.js';
import { tf, useBackend } from '../support/tfjs.js';
import { kernelCalls, runKernelCall } from '../support/tfjs-kernel-calls.js';

const ALL = `
  DepthwiseConv2dNative FusedDepthwiseConv2D DepthwiseConv2dNativeBackpropInput DepthwiseConv2dNativeBackpropFilter
  Conv2D FusedConv2D Conv2DBackpropInput Conv2DBackpropFilter BatchMatMul _FusedMatMul
  MaxPool MaxPoolGrad AvgPool AvgPoolGrad MaxPoolGradGrad
  UnsortedSegmentSum FusedBatchNorm Mean
  Sum ClipByValue Relu6 Sign ResizeNearestNeighborGrad ResizeBilinearGrad
  Identity Cast Einsum Conv3D
  Conv3DBackpropInputV2 Conv3DBackpropFilterV2 AvgPool3D AvgPool3DGrad
  MaxPool3D MaxPool3DGrad
  Add Sub Multiply RealDiv SquaredDifference Maximum Minimum
  Exp Tanh Erf Sqrt Rsqrt Swish Gelu LeakyRelu Pow Tile
  SigmoidGrad TanhGrad EluGrad ErfGrad GeluGrad SwishGrad ReluGrad
  MeanGrad FusedBatchNormGrad
  ClipByValueGrad BatchNormStatistics BatchNormTraining BatchNormTrainingGrad
  Conv2DBatchNorm DepthwiseConv2DBatchNorm LayerNorm LayerNormGrad
  SGDUpdate MomentumUpdate NesterovMomentumUpdate
  AdamUpdate AdamaxUpdate RMSPropUpdate CenteredRMSPropUpdate
  AdagradUpdate AdadeltaUpdate
`
  .trim()
  .split(/\s+/);
const KERNEL_BEFORE = Symbol.for('depthwise-wasm.kernelBefore');
const GRADIENT_BEFORE = Symbol.for('depthwise-wasm.gradientBefore');
const NO_DILATION = /dilation rates greater than 1 are not yet supported/;

const oursOf = (backend) => ALL.filter((name) => KERNEL_BEFORE in (tf.getKernel(name, backend)?.kernelFunc ?? {}));

const convolution = { xShape: [1, 3, 3, 1], filterShape: [2, 2, 1, 1], pad: 'same' };
const [dx, dilatedDx] = [1, 2].map((dilation) =>
  inputGradient({ ...convolution, dilations: [dilation, dilation] }, Array(9).fill(1), [1, 2, 3, 4]),
);

function gradient(dilations) {
  return tf.tidy(() => {
    const filter = tf.tensor([1, 2, 3, 4], [2, 2, 1, 1]);
    const f = (x) => tf.sum(tf.depthwiseConv2d(x, filter, 1, 'same', 'NHWC', dilations));
    const result = tf.grad(f)(tf.ones([1, 3, 3, 1]));
    return { data: result.dataSync(), shape: result.shape };
  });
}

const assertTrains = () => assertExact(gradient(1), dx);

// These tests run before anything is registered, and register nothing.
describe('registerKernels refuses', () => {
  async function refuse(tfjs, options, message) {
    await assert.rejects(registerKernels(tfjs, options), {
      name: 'TypeError',
      message: `Error in registerKernels: ${message}`,
    });
    assert.deepEqual([...oursOf('wasm'), ...oursOf('cpu')], []);
    assert.ok(!(GRADIENT_BEFORE in tf.getGradient('DepthwiseConv2dNative').gradFunc));
  }

  test('a value that is not TensorFlow.js', async () => {
    const wanted = "tf must be TensorFlow.js (import * as tf from '@tensorflow/tfjs-core'), got ";
    for (const [value, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [7, '7'],
      ['tf', "'tf'"],
      [import('@tensorflow/tfjs-core'), 'a Promise'],
      [{ default: tf }, 'an object'],
      [{ registerKernel() {} }, 'an object'],
    ]) {
      await refuse(value, {}, wanted + got);
    }
  });

  test('wrong options, backends and kernels', async () => {
    for (const [options, message] of [
      [null, 'options must be an object, got null'],
      ['wasm', "options must be an object, got 'wasm'"],
      [{ backend: 'webgl' }, "backend must be 'wasm' or 'cpu', got 'webgl'"],
      [{ backend: '' }, "backend must be 'wasm' or 'cpu', got ''"],
      [{ backend: null }, "backend must be 'wasm' or 'cpu', got null"],
      [{ backend: ['wasm'] }, "backend must be 'wasm' or 'cpu', got ['wasm']"],
      [{ fallbacks: 'no' }, "fallbacks must be true or false, got 'no'"],
      [{ training: 0 }, 'training must be true or false, got 0'],
      [{ compile: 'yes' }, "compile must be true or false, got 'yes'"],
      [{ threads: 0 }, "threads must be 'auto' or a whole number from 1 to 16, got 0"],
      [{ threads: 'all' }, "threads must be 'auto' or a whole number from 1 to 16, got 'all'"],
      [{ kernels: 'MeanGrad' }, "kernels must be an array of names, got 'MeanGrad'"],
      [{ kernels: null }, 'kernels must be an array of names, got null'],
      [{ kernels: { MeanGrad: true } }, 'kernels must be an array of names, got an object'],
      ...[
        ['MatMul', "'MatMul'"],
        ['toString', "'toString'"],
        ['__proto__', "'__proto__'"],
        [undefined, 'undefined'],
      ].map(([name, got]) => [
        { kernels: ['MeanGrad', name] },
        `kernels must be names out of ${ALL.join(', ')}, got ${got}`,
      ]),
    ]) {
      await refuse(tf, options, message);
    }
  });

  test('a backend that tfjs does not know, and names the missing import', async () => {
    const factory = tf.findBackendFactory('cpu');
    tf.removeBackend('cpu');
    try {
      const message = "backend 'cpu' must be there before its kernels: import '@tensorflow/tfjs-backend-cpu'";
      await refuse(tf, { backend: 'cpu' }, message);
    } finally {
      tf.registerBackend('cpu', factory);
    }
  });
});

describe('registerKernels registers', () => {
  test('no kernels if none are wanted', async () => {
    const { backend, kernels } = await registerKernels(tf, { kernels: [] });
    assert.deepEqual([backend, kernels, oursOf('wasm')], ['wasm', [], []]);
  });

  test('some kernels, and a gradient only with all kernels that it needs', async () => {
    const names = ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'];
    await registerKernels(tf, { kernels: [names[0]] });
    assert.deepEqual(oursOf('wasm'), [names[0]]);
    await useBackend('wasm');
    assertTrains(); // by tfjs's gradient: nothing needs the gradient of the filter
    assert.throws(() => gradient(2), NO_DILATION);
    await registerKernels(tf, { kernels: [names[1]] });
    assert.deepEqual(oursOf('wasm'), names);
    assertExact(gradient(2), dilatedDx);
  });

  test('all kernels by default, and returns a list that the caller may change', async () => {
    const { kernels } = await registerKernels(tf);
    assert.deepEqual([kernels, oursOf('wasm')], [ALL, ALL]);
    kernels.length = 0;
    assert.deepEqual((await registerKernels(tf)).kernels, ALL);
  });

  test('kernels of one backend, and leaves the gradients of the other', async () => {
    await useBackend('cpu');
    assertTrains();
    assert.throws(() => gradient(2), NO_DILATION);
    await registerKernels(tf, { backend: 'cpu', kernels: ['MeanGrad'] });
    assert.deepEqual([oursOf('cpu'), oursOf('wasm')], [['MeanGrad'], ALL]);
    await useBackend('wasm');
    assertExact(gradient(2), dilatedDx);
  });
});

test('a repeated call, also of another copy of the package, replaces kernels and wraps none', async () => {
  const chain = (config, member, symbol) => (config ? 1 + chain(config[member][symbol], member, symbol) : 0);
  const gradients = ['DepthwiseConv2dNative', 'Conv2D', 'Mean', 'FusedBatchNorm', 'ClipByValue', 'Conv2DBackpropInput'];
  const lengths = () => [
    ...ALL.map((name) => chain(tf.getKernel(name, 'wasm'), 'kernelFunc', KERNEL_BEFORE)),
    ...gradients.map((name) => chain(tf.getGradient(name), 'gradFunc', GRADIENT_BEFORE)),
  ];
  const before = lengths();
  assert.ok(Math.max(...before) <= 2);
  await useBackend('wasm');
  const calls = kernelCalls.filter(({ kernel }) => /Mean|Sum|Norm/.test(kernel));
  const results = calls.map(runKernelCall);
  for (const register of [registerKernels, await anotherCopy('tfjs/index.node.js', 'registerKernels')]) {
    await Promise.all([register(tf), register(tf), register(tf, { kernels: ['Mean'] })]);
    assert.deepEqual(lengths(), before);
    assert.deepEqual(calls.map(runKernelCall), results);
    assertTrains();
  }
});

describe('a backend', () => {
  const factory = tf.findBackendFactory('wasm');

  test('that is removed and created again computes with the kernels in its new memory', async () => {
    await useBackend('wasm');
    const expected = kernelCalls.map(runKernelCall);
    for (let i = 0; i < 2; ++i) {
      const { memory } = tf.backend().wasm.asm;
      tf.removeBackend('wasm');
      tf.registerBackend('wasm', factory, 2);
      await useBackend('wasm');
      assert.notEqual(tf.backend().wasm.asm.memory, memory);
      assert.deepEqual(kernelCalls.map(runKernelCall), expected);
      assertTrains();
    }
    tf.engine().reset(); // as between the suites of tfjs
    await useBackend('wasm');
    assertTrains();
  });

  test('that is removed makes tfjs and registerKernels throw', async () => {
    tf.removeBackend('wasm');
    try {
      await assert.rejects(tf.setBackend('wasm'), /Backend name 'wasm' not found in registry/);
      await assert.rejects(registerKernels(tf), /backend 'wasm' must be there before its kernels/);
    } finally {
      tf.registerBackend('wasm', factory, 2);
    }
    await useBackend('wasm');
    assertTrains();
  });

  test('that is removed is garbage', () => {
    const source = `
      import { registerKernels } from 'depthwise-wasm/tfjs';
      import { tf, useBackend } from './tests/js/support/tfjs.js';
      const factory = tf.findBackendFactory('wasm');
      await registerKernels(tf);
      const references = [];
      for (let i = 0; i < 3; ++i) {
        await useBackend('wasm');
        tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 8, 8, 4]), tf.ones([3, 3, 4, 1]), 1, 'same').dataSync());
        references.push(new WeakRef(tf.backend()), new WeakRef(tf.backend().wasm.asm.memory));
        tf.removeBackend('wasm');
        tf.registerBackend('wasm', factory, 2);
      }
      await useBackend('wasm');
      for (let i = 0; i < 5; ++i) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      console.log(references.filter((reference) => reference.deref()).length, 'of', references.length);
      process.exit(); // without the handlers that tfjs adds for the exit
    `;
    assert.equal(runInChild(source, { nodeArguments: ['--expose-gc'] }).trim(), '0 of 6');
  });
});

describe('in a process of its own, registerKernels', () => {
  const head = `
    import { createRequire } from 'node:module';
    import { registerKernels } from 'depthwise-wasm/tfjs';
    import { tf, useBackend } from './tests/js/support/tfjs.js';
    const require = createRequire(process.cwd() + '/package.json');
    const said = [];
    for (const name of ['log', 'warn', 'error']) console[name] = (...words) => said.push(words.join(' '));
    const report = (value) => process.stdout.write(JSON.stringify(value));
    const gradient = (tf) => tf.tidy(() => {
      try {
        const f = (x) => tf.depthwiseConv2d(x, tf.tensor([1, 2, 3, 4], [2, 2, 1, 1]), 1, 'same', 'NHWC', 2);
        return [...tf.grad(f)(tf.ones([1, 3, 3, 1])).dataSync()];
      } catch (error) {
        return error.message;
      }
    });
  `;
  const dilated = [...dilatedDx.values];
  const run = (source) => JSON.parse(runInChild(`${head}\n${source}\nprocess.exit();`));

  test('prints nothing, except once for another version of tfjs', () => {
    const [silent, said, values] = run(`
      tf.env().set('PROD', false);
      await registerKernels(tf);
      await registerKernels({ ...tf, version_core: '4.22.7' }, { backend: 'cpu' });
      const silent = [...said];
      await registerKernels({ ...tf, version_core: '3.21.0' });
      await registerKernels({ ...tf, version_core: '5.0.0' }, { backend: 'cpu' });
      await useBackend('wasm');
      report([silent, said, gradient(tf)]);
    `);
    assert.deepEqual(silent, []);
    assert.deepEqual(said, ['depthwise-wasm is tested with TensorFlow.js 4.22, not with 3.21.0.']);
    assert.deepEqual(values, dilated);
  });

  test('repairs gradients that tfjs registers later only when it is called again', () => {
    const [first, late, again] = run(`
      await registerKernels(tf);
      await useBackend('wasm');
      const results = [gradient(tf)];
      await import('@tensorflow/tfjs-layers');
      results.push(gradient(tf));
      await registerKernels(tf);
      report([...results, gradient(tf)]);
    `);
    assert.deepEqual([first, again], [dilated, dilated]);
    assert.match(late, NO_DILATION);
  });

  test('serves two copies of tfjs-core that share an engine, and leaves a copy that does not', () => {
    const results = run(`
      await registerKernels(tf);
      const path = require.resolve('@tensorflow/tfjs-core/dist/tf-core.min.js');
      const copy = require(path);
      await useBackend('wasm');
      const results = [copy === tf, gradient(tf), gradient(copy)];
      await registerKernels(copy);
      // A tensor of one copy in an op of the other.
      const mixed = copy.depthwiseConv2d(tf.ones([1, 2, 2, 1]), copy.ones([1, 1, 1, 1]), 1, 'same');
      results.push(gradient(tf), gradient(copy), [...mixed.dataSync()]);
      // tfjs keeps its engine and its registries on the global object.
      const sandbox = { exports: {}, module: { exports: {} }, process, console, require, performance };
      sandbox.global = sandbox;
      require('node:vm').runInNewContext(require('node:fs').readFileSync(path, 'utf8'), sandbox);
      const separate = sandbox.exports;
      results.push(separate.engine() === tf.engine(), await registerKernels(separate).catch(({ message }) => message));
      report([...results, gradient(tf)]);
    `);
    assert.deepEqual(results, [
      ...[false, dilated, dilated, dilated, dilated, [1, 1, 1, 1], false],
      "Error in registerKernels: backend 'wasm' must be there before its kernels: import '@tensorflow/tfjs-backend-wasm'",
      dilated,
    ]);
  });
});
