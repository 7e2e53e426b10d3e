// tfjs and its wasm backend in another realm than the package, as in an iframe or a test runner.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { isShared } from '../../../js/side-module/side-module.js';
import { assertMatches } from '../support/compare.js';
import { tf, useBackend } from '../support/tfjs.js';
import { kernelCalls, runKernelCall } from '../support/tfjs-kernel-calls.js';

test('the kernels use the memory of a backend of another realm', async () => {
  const ours = globalThis.WebAssembly;
  globalThis.WebAssembly = runInNewContext('WebAssembly');
  try {
    await useBackend('wasm');
  } finally {
    globalThis.WebAssembly = ours;
  }
  const { wasm } = tf.backend();
  assert.ok(!(wasm.asm.memory instanceof WebAssembly.Memory));
  const warn = mock.method(console, 'warn', () => {});
  await registerKernels(tf);
  const call = kernelCalls.find(({ kernel }) => kernel === 'DepthwiseConv2dNative');
  runKernelCall(call).forEach((result, i) => assertMatches(result, call.expected[i], call.kernel));
  assert.deepEqual(
    warn.mock.calls.map(({ arguments: [text] }) => text),
    [], // otherwise a warning says that tensors are copied
  );
});

test('a memory of another realm is recognized as shared', () => {
  const memory = (shared) => runInNewContext(`new WebAssembly.Memory({ initial: 1, maximum: 1, shared: ${shared} })`);
  assert.deepEqual([true, false].map(memory).map(isShared), [true, false]);
});
