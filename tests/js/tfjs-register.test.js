// registerKernels: what it takes and refuses, what it replaces and leaves, and that it may be called again, for a backend that is made
// again, by two copies of tfjs and by two of this package.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { fetchBytes } from '../../js/fetch-bytes.node.js';
import { makeRegisterKernels } from '../../js/tfjs/register.js';
import { runInChild } from './support/child.js';
import { assertExact } from './support/compare.js';
import { inputGradient } from './support/oracle.js';
import { tf, useBackend } from './support/tfjs.js';
import { kernelCalls, runKernelCall } from './support/tfjs-kernel-calls.js';

const wasmUrl = new URL('../../dist/depthwise-tfjs.wasm', import.meta.url);
const wasmUrls = { simd: wasmUrl, 'relaxed-simd': new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url) };

/** What is registered by default here. */
const variant = WebAssembly.validate(await readFile(wasmUrls['relaxed-simd'])) ? 'relaxed-simd' : 'simd';

/** As another copy of this package has it. */
const freshRegisterKernels = () => makeRegisterKernels({ wasmUrls, fetchBytes });

const ALL = [
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'MaxPoolGrad',
  'UnsortedSegmentSum',
  'FusedBatchNorm',
  'Mean',
  'Sum',
  'Identity',
  'Cast',
  'MeanGrad',
  'FusedBatchNormGrad',
  'ClipByValueGrad',
];

const KERNEL_BEFORE = Symbol.for('depthwise-wasm.kernelBefore');
const GRADIENT_BEFORE = Symbol.for('depthwise-wasm.gradientBefore');

const isOurs = (name, backend) => KERNEL_BEFORE in (tf.getKernel(name, backend)?.kernelFunc ?? {});
const oursOf = (backend) => ALL.filter((name) => isOurs(name, backend));

const convolution = { xShape: [1, 3, 3, 1], filterShape: [2, 2, 1, 1], pad: 'same' };
const dx = inputGradient(convolution, Array(9).fill(1), [1, 2, 3, 4]);

/** A gradient through our kernels. */
function assertTrains() {
  tf.tidy(() => {
    const filter = tf.tensor([1, 2, 3, 4], [2, 2, 1, 1]);
    const f = (x) => tf.sum(tf.depthwiseConv2d(x, filter, 1, 'same'));
    const result = tf.grad(f)(tf.ones([1, 3, 3, 1]));
    assertExact({ data: result.dataSync(), shape: result.shape }, dx);
  });
}

// The tests of this part find nothing registered, and leave nothing so.
describe('registerKernels refuses', () => {
  const refuses = async (tfjs, options, message, ErrorType = TypeError) => {
    await assert.rejects(registerKernels(tfjs, options), (error) => {
      assert.equal(error.message, `Error in registerKernels: ${message}`);
      assert.equal(error.constructor, ErrorType);
      return true;
    });
    assert.deepEqual([...oursOf('wasm'), ...oursOf('cpu')], []);
    assert.ok(!(GRADIENT_BEFORE in tf.getGradient('DepthwiseConv2dNative').gradFunc));
  };
  const wanted = "tf must be TensorFlow.js (import * as tf from '@tensorflow/tfjs-core'), got";

  for (const [name, value, got] of [
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a name', 'tf', "'tf'"],
    ['an import that was not awaited', import('@tensorflow/tfjs-core'), 'a Promise'],
    ['an object around it', { default: tf }, 'an object'],
  ]) {
    test(`${name} in the place of tfjs`, () => refuses(value, {}, `${wanted} ${got}`));
  }

  for (const [options, got] of [
    [null, 'null'],
    ['wasm', "'wasm'"],
  ]) {
    test(`${got} as options`, () => refuses(tf, options, `options must be an object, got ${got}`));
  }

  for (const [backend, got] of [
    ['webgl', "'webgl'"],
    ['WASM', "'WASM'"],
    ['', "''"],
    [null, 'null'],
    [7, '7'],
    [['wasm'], "['wasm']"],
  ]) {
    test(`${got} as a backend`, () => refuses(tf, { backend }, `backend must be 'wasm' or 'cpu', got ${got}`));
  }

  for (const [kernels, got] of [
    ['MeanGrad', "'MeanGrad'"],
    [null, 'null'],
    [{ MeanGrad: true }, 'an object'],
  ]) {
    test(`${got} as kernels`, () => refuses(tf, { kernels }, `kernels must be an array of names, got ${got}`));
  }

  for (const [name, got] of [
    ['Conv2D', "'Conv2D'"],
    ['toString', "'toString'"],
    ['__proto__', "'__proto__'"],
    [undefined, 'undefined'],
    [7, '7'],
  ]) {
    test(`${got} among the kernels, and then registers none`, () =>
      refuses(tf, { kernels: ['MeanGrad', name] }, `kernels must be names out of ${ALL.join(', ')}, got ${got}`));
  }

  test('a backend that is not there, and says which import is missing', async () => {
    const factory = tf.findBackendFactory('cpu');
    tf.removeBackend('cpu');
    try {
      const message = "backend 'cpu' must be there before its kernels: import '@tensorflow/tfjs-backend-cpu'";
      await refuses(tf, { backend: 'cpu' }, message);
    } finally {
      tf.registerBackend('cpu', factory);
    }
  });

  test('something with registerKernel that is not tfjs', () =>
    refuses({ registerKernel() {} }, {}, `${wanted} an object`));
});

describe('where the kernels come from', () => {
  test('an address that is not there is told, and the next call may bring a better one', async () => {
    const register = freshRegisterKernels();
    const missing = new URL('missing.wasm', import.meta.url);
    await assert.rejects(register(tf, { wasmUrl: missing, kernels: [] }), (error) => {
      assert.ok(error.message.startsWith(`Error in registerKernels: ${missing} could not be fetched: `));
      return true;
    });
    const { variant, ...others } = await register(tf, { wasmUrl: wasmUrl.href, kernels: [] });
    assert.equal(variant, 'simd');
    assert.deepEqual(others, { backend: 'wasm', kernels: [] });
  });

  test('their bytes may be given, as a buffer or a view', async () => {
    const bytes = await readFile(wasmUrl);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    for (const wasmBinary of [bytes, buffer, new DataView(buffer)]) {
      await freshRegisterKernels()(tf, { wasmBinary, wasmUrl: 'nowhere', kernels: [] });
    }
  });

  test('after the first call that has them, addresses and bytes are not looked at', async () => {
    const register = freshRegisterKernels();
    await register(tf, { kernels: [] });
    await register(tf, { kernels: [], wasmUrl: 'nowhere', wasmBinary: new Uint8Array(4) });
  });

  for (const [name, options, message] of [
    ['a number as address', { wasmUrl: 7 }, 'wasmUrl must be a string or a URL, got 7'],
    ['text as bytes', { wasmBinary: 'text' }, "wasmBinary must be an ArrayBuffer or a typed array, got 'text'"],
    ['no bytes', { wasmBinary: new Uint8Array(0) }, "wasmBinary must be WebAssembly, got ''"],
    [
      'a page of HTML',
      { wasmBinary: new TextEncoder().encode('<!doctype html>') },
      "wasmBinary must be WebAssembly, got '<!doctype html>' (a page of HTML: the server does not have the file there)",
    ],
  ]) {
    test(`${name} is refused`, async () => {
      await assert.rejects(freshRegisterKernels()(tf, { ...options, kernels: [] }), {
        name: 'TypeError',
        message: `Error in registerKernels: ${message}`,
      });
    });
  }

  for (const [name, change] of [
    ['half of the file', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['the beginning of the file', (bytes) => bytes.subarray(0, 40)],
    ['another WebAssembly', () => Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)],
    [
      "tfjs's own WebAssembly",
      () => readFile(new URL(import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))),
    ],
  ]) {
    test(`${name} is refused, with the name of the function`, async () => {
      const wasmBinary = await change(await readFile(wasmUrl));
      await assert.rejects(
        freshRegisterKernels()(tf, { wasmBinary, kernels: [] }),
        /^\w*Error: Error in registerKernels: /,
      );
    });
  }
});

describe('registered are', () => {
  test('no kernels, where none are asked for', async () => {
    const forward = tf.getKernel('DepthwiseConv2dNative', 'wasm').kernelFunc;
    assert.deepEqual(await registerKernels(tf, { kernels: [] }), { backend: 'wasm', kernels: [], variant });
    assert.deepEqual(oursOf('wasm'), []);
    assert.equal(tf.getKernel('DepthwiseConv2dNative', 'wasm').kernelFunc, forward);
  });

  test('some, before the backend is set; a gradient that needs another kernel stays as it was', async () => {
    const names = ['DepthwiseConv2dNativeBackpropInput'];
    assert.deepEqual(await registerKernels(tf, { kernels: names }), { backend: 'wasm', kernels: names, variant });
    assert.deepEqual(oursOf('wasm'), names);
    await useBackend('wasm');
    const dilated = (x) => tf.sum(tf.depthwiseConv2d(x, tf.ones([2, 2, 1, 1]), 1, 'same', 'NHWC', 2));
    tf.tidy(() => {
      // This one works by tfjs's gradient: nothing asks for that of the filter.
      assertTrains();
      assert.throws(
        () => tf.grad(dilated)(tf.ones([1, 3, 3, 1])),
        /dilation rates greater than 1 are not yet supported/,
      );
    });
    await registerKernels(tf, { kernels: ['DepthwiseConv2dNativeBackpropFilter'] });
    assert.deepEqual(oursOf('wasm'), [...names, 'DepthwiseConv2dNativeBackpropFilter']);
    tf.tidy(() => tf.grad(dilated)(tf.ones([1, 3, 3, 1])));
    assertTrains();
  });

  test("all, and the list of names is the caller's own", async () => {
    const { backend, kernels } = await registerKernels(tf);
    assert.equal(backend, 'wasm');
    assert.deepEqual(kernels, ALL);
    assert.deepEqual(oursOf('wasm'), ALL);
    kernels.length = 0;
    assert.deepEqual((await registerKernels(tf)).kernels, ALL);
  });

  test('none on another backend, whose gradients stay as they were', async () => {
    assert.deepEqual(oursOf('cpu'), []);
    await useBackend('cpu');
    assertTrains();
    tf.tidy(() => {
      const dilated = (x) => tf.sum(tf.depthwiseConv2d(x, tf.ones([2, 2, 1, 1]), 1, 'same', 'NHWC', 2));
      assert.throws(
        () => tf.grad(dilated)(tf.ones([1, 3, 3, 1])),
        /dilation rates greater than 1 are not yet supported/,
      );
    });
    await registerKernels(tf, { backend: 'cpu', kernels: ['MeanGrad'] });
    assert.deepEqual(oursOf('cpu'), ['MeanGrad']);
    assert.deepEqual(oursOf('wasm'), ALL);
    await useBackend('wasm');
    assertTrains();
  });
});

describe('registered again', () => {
  const lengths = () => [
    ...ALL.map((name) => chainLength(tf.getKernel(name, 'wasm'), 'kernelFunc', KERNEL_BEFORE)),
    ...['DepthwiseConv2dNative', 'Conv2D', 'Mean', 'FusedBatchNorm', 'ClipByValue', 'Conv2DBackpropInput'].map((name) =>
      chainLength(tf.getGradient(name), 'gradFunc', GRADIENT_BEFORE),
    ),
    chainLength(tf.getGradient('DepthwiseConv2dNativeBackpropInput'), 'gradFunc', GRADIENT_BEFORE),
  ];

  function chainLength(config, member, symbol) {
    let length = 0;
    for (; config; config = config[member][symbol]) ++length;
    return length;
  }

  for (const [who, register] of [
    ['the same copy of this package', registerKernels],
    ['another copy of it', freshRegisterKernels()],
  ]) {
    test(`by ${who}, kernels stand in the place of those before`, async () => {
      await registerKernels(tf);
      const before = lengths();
      const calls = kernelCalls.filter(({ kernel }) => /Mean|Sum|Norm/.test(kernel));
      const results = calls.map(runKernelCall);
      for (let i = 0; i < 3; ++i) await register(tf);
      assert.deepEqual(lengths(), before);
      assert.ok(Math.max(...before) <= 2);
      assert.deepEqual(calls.map(runKernelCall), results);
      assertTrains();
    });
  }

  test('at once, several times', async () => {
    const before = lengths();
    const register = freshRegisterKernels();
    const all = await Promise.all([register(tf), register(tf), register(tf, { kernels: ['Mean'] })]);
    assert.deepEqual(
      all.map(({ kernels }) => kernels.length),
      [ALL.length, ALL.length, 1],
    );
    assert.deepEqual(lengths(), before);
    assertTrains();
  });
});

describe('a backend', () => {
  const factory = tf.findBackendFactory('wasm');

  async function makeAgain() {
    const before = tf.backend();
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await useBackend('wasm');
    assert.notEqual(tf.backend().wasm.asm.memory, before.wasm?.asm.memory);
  }

  test('that is removed and made again has the kernels, in its new memory', async () => {
    await registerKernels(tf);
    await useBackend('wasm');
    const expected = kernelCalls.map(runKernelCall);
    for (let i = 0; i < 3; ++i) {
      await makeAgain();
      assert.deepEqual(kernelCalls.map(runKernelCall), expected);
      assertTrains();
    }
  });

  test('may be gone when its kernels are called for, and then tfjs says so', async () => {
    await useBackend('wasm');
    tf.removeBackend('wasm');
    try {
      await assert.rejects(tf.setBackend('wasm'), /Backend name 'wasm' not found in registry/);
      await assert.rejects(registerKernels(tf), /backend 'wasm' must be there before its kernels/);
      await useBackend('cpu');
      assertTrains();
    } finally {
      tf.registerBackend('wasm', factory, 2);
    }
    await useBackend('wasm');
    assertTrains();
  });

  test('may be taken away by engine().reset(), as between the suites of tfjs', async () => {
    await useBackend('wasm');
    tf.engine().reset();
    await useBackend('wasm');
    assertTrains();
  });

  test('that is removed is not kept', () => {
    const output = runInChild(
      `
      import { registerKernels } from 'depthwise-wasm/tfjs';
      import { tf, useBackend } from './tests/js/support/tfjs.js';
      const factory = tf.findBackendFactory('wasm');
      await registerKernels(tf);
      const gone = [];
      for (let i = 0; i < 3; ++i) {
        await useBackend('wasm');
        tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 8, 8, 4]), tf.ones([3, 3, 4, 1]), 1, 'same').dataSync());
        gone.push(new WeakRef(tf.backend()), new WeakRef(tf.backend().wasm.asm.memory));
        tf.removeBackend('wasm');
        tf.registerBackend('wasm', factory, 2);
      }
      await useBackend('wasm');
      for (let i = 0; i < 5; ++i) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      console.log(gone.filter((reference) => reference.deref()).length, 'of', gone.length);
      process.exit(); // without the handlers that tfjs has for the exit
      `,
      { nodeArguments: ['--expose-gc'] },
    );
    assert.equal(output.trim(), '0 of 6');
  });
});

describe('in a process of its own,', () => {
  const head = `
    import { createRequire } from 'node:module';
    import { registerKernels } from 'depthwise-wasm/tfjs';
    import { tf, useBackend } from './tests/js/support/tfjs.js';
    import '@tensorflow/tfjs-layers';
    const require = createRequire(process.cwd() + '/package.json');
    const said = [];
    for (const name of ['log', 'warn', 'error']) console[name] = (...words) => said.push(words.join(' '));
    const report = (value) => process.stdout.write(JSON.stringify(value));
    const gradient = (tf) => tf.tidy(() => {
      const f = (x) => tf.sum(tf.depthwiseConv2d(x, tf.tensor([1, 2, 3, 4], [2, 2, 1, 1]), 1, 'same', 'NHWC', 2));
      return [...tf.grad(f)(tf.ones([1, 3, 3, 1])).dataSync()];
    });
  `;
  const dilated = [...inputGradient({ ...convolution, dilations: [2, 2] }, Array(9).fill(1), [1, 2, 3, 4]).values];
  const run = (source) => JSON.parse(runInChild(`${head}\n${source}\nprocess.exit();`));

  test('registering says nothing, also where tfjs would', () => {
    const said = run(`
      tf.env().set('PROD', false);
      await registerKernels(tf);
      await registerKernels(tf);
      await registerKernels(tf, { backend: 'cpu' });
      await useBackend('wasm');
      gradient(tf);
      report(said);
    `);
    assert.deepEqual(said, []);
  });

  test('another version of tfjs is warned of, once', () => {
    const said = run(`
      await registerKernels({ ...tf, version_core: '4.22.7' });
      const none = said.length;
      await registerKernels({ ...tf, version_core: '3.21.0' });
      await registerKernels({ ...tf, version_core: '5.0.0' }, { backend: 'cpu' });
      await useBackend('wasm');
      report([none, said, gradient(tf)]);
    `);
    assert.deepEqual(said, [0, ['depthwise-wasm is tested with TensorFlow.js 4.22, not with 3.21.0.'], dilated]);
  });

  test("tfjs's own gradients that come later take the place of ours, until we are registered again", () => {
    const output = runInChild(`
      import { registerKernels } from 'depthwise-wasm/tfjs';
      import { tf, useBackend } from './tests/js/support/tfjs.js';
      await useBackend('wasm');
      const gradient = () => tf.tidy(() => {
        try {
          const f = (x) => tf.depthwiseConv2d(x, tf.tensor([1, 2, 3, 4], [2, 2, 1, 1]), 1, 'same', 'NHWC', 2);
          return [...tf.grad(f)(tf.ones([1, 3, 3, 1])).dataSync()];
        } catch (error) {
          return error.message;
        }
      });
      await registerKernels(tf);
      const results = [gradient()];
      await import('@tensorflow/tfjs-layers');
      results.push(gradient());
      await registerKernels(tf);
      console.log(JSON.stringify([...results, gradient()]));
      process.exit();
    `);
    const [first, late, again] = JSON.parse(output);
    assert.deepEqual(first, dilated);
    assert.match(late, /dilation rates greater than 1 are not yet supported/);
    assert.deepEqual(again, dilated);
  });

  test('two copies of tfjs-core share what is registered', () => {
    const result = run(`
      await registerKernels(tf);
      const copy = require('@tensorflow/tfjs-core/dist/tf-core.min.js');
      await useBackend('wasm');
      const results = [copy === tf, gradient(tf), gradient(copy)];
      await registerKernels(copy);
      results.push(gradient(tf), gradient(copy));
      // A tensor of one in an op of the other.
      const mixed = copy.depthwiseConv2d(tf.ones([1, 2, 2, 1]), copy.ones([1, 1, 1, 1]), 1, 'same');
      report([...results, [...mixed.dataSync()]]);
    `);
    assert.deepEqual(result, [false, dilated, dilated, dilated, dilated, [1, 1, 1, 1]]);
  });

  test('two copies of tfjs-core that do not know of each other have each its own', () => {
    const result = run(`
      await registerKernels(tf);
      await useBackend('wasm');
      // tfjs keeps its engine and its registries on the global object.
      const path = require.resolve('@tensorflow/tfjs-core/dist/tf-core.min.js');
      const source = require('node:fs').readFileSync(path, 'utf8');
      const sandbox = { exports: {}, module: { exports: {} }, process, console, require, performance };
      sandbox.global = sandbox;
      require('node:vm').runInNewContext(source, sandbox);
      const copy = sandbox.exports;
      const results = [copy.engine() === tf.engine(), gradient(tf)];
      results.push(await registerKernels(copy).catch((error) => error.message));
      report([...results, gradient(tf)]);
    `);
    assert.deepEqual(result, [
      false,
      dilated,
      "Error in registerKernels: backend 'wasm' must be there before its kernels: import '@tensorflow/tfjs-backend-wasm'",
      dilated,
    ]);
  });
});
