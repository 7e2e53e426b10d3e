// trainOnWasm: its arguments and what it does. Each test that starts the backend runs in a process of its own.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { trainOnWasm } from 'depthwise-wasm/tfjs';

import { runInChild } from '../support/child.js';

const SIMD = 'tfjs-backend-wasm-simd.wasm';
const THREADED = 'tfjs-backend-wasm-threaded-simd.wasm';
const folder = fileURLToPath(new URL('.', import.meta.resolve(`@tensorflow/tfjs-backend-wasm/dist/${SIMD}`)));

/** Returns the JSON that a call of trainOnWasm prints. `options` is source text. */
function train(options, before = '') {
  const output = runInChild(`
    import * as tf from '@tensorflow/tfjs-core';
    import { trainOnWasm } from 'depthwise-wasm/tfjs';
    console.warn = () => {};
    ${before}
    const result = await trainOnWasm(tf, ${options}).catch(({ message }) => ({ error: message }));
    const dx = result.error ? undefined : tf.grad((x) => tf.depthwiseConv2d(x, tf.ones([2, 2, 1, 1]), 1, 'valid'))(tf.ones([1, 3, 3, 1]));
    const mayThread = tf.env().flagRegistry.WASM_HAS_MULTITHREAD_SUPPORT && (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'));
    console.log(JSON.stringify({ ...result, backend: tf.getBackend(), dx: dx && [...dx.dataSync()], mayThread }));
  `);
  return JSON.parse(output);
}
const DX = [1, 2, 1, 2, 4, 2, 1, 2, 1];

test('trainOnWasm imports and sets the backend, and registers the kernels', () => {
  const { backend, dx, kernels, wasmPaths, hooks } = train('undefined');
  assert.deepEqual([backend, dx, wasmPaths], ['wasm', DX, undefined]);
  assert.ok(kernels.length > 50 && hooks.length > 5);
});

test('trainOnWasm passes options to registerKernels', () => {
  const { kernels, hooks } = train("{ training: false, kernels: ['DepthwiseConv2dNativeBackpropInput'] }");
  assert.deepEqual([kernels, hooks], [['DepthwiseConv2dNativeBackpropInput'], []]);
});

test('trainOnWasm passes the addresses of the wasm files of tfjs', () => {
  const file = `${folder}${SIMD}`;
  const all = { 'tfjs-backend-wasm.wasm': file, [SIMD]: file, [THREADED]: file };
  const threaded = { ...all, [THREADED]: `${folder}${THREADED}` };
  for (const [wasmPaths, expected] of [
    [folder, folder],
    [folder.replace(/\/$/, ''), folder],
    [file, all],
    [{ [SIMD]: file }, all],
    [{ [SIMD]: file, [THREADED]: threaded[THREADED] }, threaded],
  ]) {
    // tfjs has no threads in Node. This test asks only whether trainOnWasm forbids them.
    const before = "await import('@tensorflow/tfjs-backend-wasm'); tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);";
    const fewer = "await import('@tensorflow/tfjs-backend-wasm');";
    const forbids = expected === all;
    const result = train(JSON.stringify({ wasmPaths }), forbids ? before : fewer);
    assert.deepEqual([result.wasmPaths, result.dx], [expected, DX], JSON.stringify(result));
    assert.equal(result.mayThread, false);
  }
});

test('trainOnWasm starts the backend with compiled modules where bytes are not compiled', () => {
  const { wasmPaths, dx, mayThread } = train(
    '{ tfjsModule, wasmModule }',
    `
      import { readFile } from 'node:fs/promises';
      const compiled = async (path) => WebAssembly.compile(await readFile(new URL(import.meta.resolve(path))));
      const tfjsModule = await compiled('@tensorflow/tfjs-backend-wasm/dist/${SIMD}');
      const wasmModule = await compiled('depthwise-wasm/depthwise-tfjs.wasm');
      const { instantiate } = WebAssembly;
      const refuse = async () => { throw new WebAssembly.CompileError('disallowed by embedder'); };
      WebAssembly.compile = refuse;
      WebAssembly.instantiate = (source, imports) =>
        source instanceof WebAssembly.Module ? instantiate(source, imports) : refuse();
    `,
  );
  assert.deepEqual([wasmPaths, dx, mayThread], [undefined, DX, false]);
});

test('trainOnWasm leaves a backend that has started as it is', () => {
  const before = "await import('@tensorflow/tfjs-backend-wasm'); await tf.setBackend('wasm');";
  const { dx, wasmPaths } = train(JSON.stringify({ wasmPaths: '/nowhere/' }), before);
  assert.deepEqual([dx, wasmPaths], [DX, undefined]);
});

test('trainOnWasm says that the backend did not start, and what to pass', () => {
  const { error } = train(JSON.stringify({ wasmPaths: '/nowhere/' }), 'console.error = () => {};');
  assert.match(
    error,
    /^Error in trainOnWasm: backend 'wasm' could not be started, see the console\. .*, pass wasmPaths$/,
  );
});

test('trainOnWasm says which line is missing if the backend is not there', async () => {
  const copy = { ...tf, findBackendFactory: () => undefined, engine: () => ({ registry: {} }) };
  const message = /^Error in trainOnWasm: backend 'wasm' must be there .*import '@tensorflow\/tfjs-backend-wasm'$/;
  await assert.rejects(trainOnWasm(copy), { message });
});

test('trainOnWasm refuses wrong arguments', async () => {
  for (const [tfjs, options, message] of [
    [{}, {}, /^Error in trainOnWasm: tf must be TensorFlow\.js .*, got an object$/],
    [tf, null, /^Error in trainOnWasm: options must be an object, got null$/],
    [
      tf,
      { wasmPaths: null },
      /^Error in trainOnWasm: wasmPaths must be a string or an object with .*simd.wasm, got null/,
    ],
    [tf, { tfjsModule: new ArrayBuffer(8) }, /^Error in trainOnWasm: tfjsModule must be a WebAssembly\.Module, got /],
    [tf, { wasmPaths: '' }, /^Error in trainOnWasm: wasmPaths must be .*, got ''$/],
    ...[{ [THREADED]: '/x.wasm' }, { [SIMD]: 5 }, { [SIMD]: '/x.wasm', [THREADED]: {} }].map((wasmPaths) => [
      tf,
      { wasmPaths },
      /^Error in trainOnWasm: wasmPaths must be .*, got an object$/,
    ]),
  ]) {
    await assert.rejects(trainOnWasm(tfjs, options), { name: 'TypeError', message });
  }
});

test('trainOnWasm refuses wrong options of registerKernels before it sets the backend', async () => {
  const started = tf.engine().backendName;
  await assert.rejects(trainOnWasm(tf, { threads: 99 }), /^TypeError: Error in registerKernels: threads must be /);
  assert.equal(tf.engine().backendName, started);
});
