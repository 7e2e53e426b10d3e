// dist/depthwise-tfjs.wasm in memories of every kind and size.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { memoryWantedBy, withMemoryImport } from '../../../js/side-module/binary.js';
import { SideModule } from '../../../js/side-module/side-module.js';
import { assertMatches } from '../support/compare.js';
import { tf, useBackend } from '../support/tfjs.js';
import { kernelCalls, runKernelCall } from '../support/tfjs-kernel-calls.js';

const PAGE = 2 ** 16;
const bytes = await readFile(new URL('../../../dist/depthwise-tfjs.wasm', import.meta.url));

test('withMemoryImport puts the module into a shared and a plain memory', () => {
  for (const shared of [true, false]) {
    const module = new WebAssembly.Module(withMemoryImport(bytes, shared));
    const { memorySize, tableSize } = memoryWantedBy(module);
    assert.ok(memorySize > 0);
    const global = (value) => new WebAssembly.Global({ value: 'i32', mutable: value > PAGE }, value);
    const env = {
      memory: new WebAssembly.Memory({ initial: 16, maximum: PAGE, shared }),
      takeMemory: () => 0,
      giveMemory() {},
      runParts: () => 0,
      __indirect_function_table: new WebAssembly.Table({ element: 'anyfunc', initial: tableSize }),
      __stack_pointer: global(8 * PAGE),
      __memory_base: new WebAssembly.Global({ value: 'i32' }, PAGE),
      __table_base: new WebAssembly.Global({ value: 'i32' }, 0),
    };
    assert.ok(Object.keys(new WebAssembly.Instance(module, { env }).exports).length > 10);
    const other = new WebAssembly.Memory({ initial: 16, maximum: PAGE, shared: !shared });
    assert.throws(() => new WebAssembly.Instance(module, { env: { ...env, memory: other } }), WebAssembly.LinkError);
  }
});

test('a given compiled module refuses the shared memory of the threaded build of tfjs', () => {
  const sideModule = new SideModule({ module: new WebAssembly.Module(bytes) });
  const memory = new WebAssembly.Memory({ initial: 16, maximum: PAGE, shared: true });
  const instantiate = () => sideModule.instantiate(memory, { take: () => PAGE, give() {} }, 'Mean');
  assert.throws(
    instantiate,
    /^TypeError: Error in Mean: wasmModule fits tfjs's plain build only\..* pass wasmUrl or wasmBinary$/,
  );
});

test('memoryWantedBy finds the memory in the section dylink.0, and refuses a module without it', () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const moduleOf = (...subsections) => {
    const name = [...new TextEncoder().encode('dylink.0')];
    const content = subsections.flatMap(([id, ...body]) => [id, body.length, ...body]);
    const section = [0, name.length + 1 + content.length, name.length, ...name, ...content];
    return new WebAssembly.Module(Uint8Array.of(...header, ...section));
  };
  const wanted = { memorySize: 100, memoryAlignment: 4, tableSize: 3 };
  assert.deepEqual(memoryWantedBy(moduleOf([1, 100, 4, 3, 0])), wanted);
  assert.deepEqual(memoryWantedBy(moduleOf([2, 9, 9], [3], [1, 100, 4, 3, 0])), wanted);
  for (const module of [new WebAssembly.Module(Uint8Array.from(header)), moduleOf(), moduleOf([2, 1, 2, 3])]) {
    assert.throws(() => memoryWantedBy(module), /^TypeError: it does not say .* memory/);
  }
});

/** Returns a wasm backend with tensors from an address on. tfjs's own memory does not grow so far. */
function backendFrom(begin) {
  const memory = new WebAssembly.Memory({ initial: begin / PAGE + 512, maximum: PAGE });
  let end = begin;
  const allocate = (size) => {
    const address = end;
    end += Math.ceil((size >>> 0) / 16) * 16;
    assert.ok(end <= memory.buffer.byteLength);
    return address;
  };
  const ignore = () => {};
  return new BackendWasm({
    ...{ wasmMemory: memory, _malloc: allocate, _free: ignore, asm: { memory } },
    get HEAPU8() {
      return new Uint8Array(memory.buffer);
    },
    cwrap: () => () => assert.fail('this backend has no kernels of its own'),
    tfjs: {
      initWithThreadsCount: ignore,
      getThreadsCount: () => 1,
      registerTensor: ignore,
      disposeData: ignore,
      dispose: ignore,
    },
  });
}

for (const begin of [2 ** 31 - 8 * PAGE, 2 ** 31 + PAGE, Math.floor((3.9 * 2 ** 30) / PAGE) * PAGE]) {
  test(`every kernel is right in memory from address ${begin} on`, async (context) => {
    let backend;
    try {
      backend = backendFrom(begin);
    } catch (error) {
      if (error.constructor !== RangeError) throw error;
      return context.skip(`this machine does not provide the memory: ${error.message}`);
    }
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => backend);
    await registerKernels(tf);
    await useBackend('wasm');
    const ours = kernelCalls.filter(({ isOurs }) => isOurs);
    for (const call of ours) {
      runKernelCall(call).forEach((result, i) =>
        assertMatches(result, call.expected[i], `${call.kernel} ${call.what}`, call.roundings),
      );
    }
    const [call] = ours;
    const wrong = () => runKernelCall({ ...call, attrs: { ...call.attrs, strides: 0 } });
    assert.throws(wrong, /^RangeError: Error in DepthwiseConv2dNative: strides must be a whole number from 1 to /);
  });
}
