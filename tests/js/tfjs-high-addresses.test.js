// The kernels for TensorFlow.js in a memory of which they are given addresses past 2 GB only. tfjs itself does not grow so far, so the backend
// is one that has what the plug-in asks of tfjs's, and an allocator that begins there.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { BackendHeap } from '../../js/tfjs/backend-heap.js';
import { kernels } from '../../js/tfjs/kernels.js';
import { SideModule } from '../../js/tfjs/side-module.js';
import { assertMatches } from './support/compare.js';
import { sizeOf } from './support/oracle.js';
import { kernelCalls } from './support/tfjs-kernel-calls.js';

const PAGE = 2 ** 16;

class Backend {
  dataIdMap = new Map();
  #next;

  constructor(begin) {
    this.#next = begin;
    const memory = new WebAssembly.Memory({ initial: begin / PAGE + 512, maximum: 2 ** 16 });
    this.wasm = { wasmMemory: memory, _malloc: (bytes) => this.#take(bytes), _free() {} };
  }

  /** As WebAssembly gives addresses to JavaScript: with a sign. */
  #take(bytes) {
    const address = this.#next;
    this.#next += Math.ceil((bytes >>> 0) / 16) * 16;
    assert.ok(this.#next <= this.wasm.wasmMemory.buffer.byteLength);
    return address | 0;
  }

  makeOutput(shape, dtype) {
    const dataId = {};
    this.dataIdMap.set(dataId, { memoryOffset: this.#take(4 * sizeOf(shape)) });
    return { dataId, shape, dtype };
  }

  disposeData(dataId) {
    this.dataIdMap.delete(dataId);
  }

  write({ data, shape, dtype }) {
    const info = this.makeOutput(shape, dtype);
    const Values = dtype === 'int32' ? Int32Array : Float32Array;
    new Values(this.wasm.wasmMemory.buffer, this.#offsetOf(info), data.length).set(data);
    return info;
  }

  read(info) {
    return {
      shape: info.shape,
      data: new Float32Array(this.wasm.wasmMemory.buffer, this.#offsetOf(info), sizeOf(info.shape)),
    };
  }

  #offsetOf({ dataId }) {
    return this.dataIdMap.get(dataId).memoryOffset >>> 0;
  }
}

const bytes = await readFile(new URL('../../dist/depthwise-tfjs.wasm', import.meta.url));

/** What is one kernel of ours. */
const ours = kernelCalls.filter(
  ({ kernel, what }) =>
    (kernels[kernel].run || kernel === 'FusedDepthwiseConv2D') &&
    !/is one number|four dim|"axis":\[1,3\]|"shape":\[4,5\]/.test(what),
);

for (const begin of [2 ** 31 - 8 * PAGE, 2 ** 31 + PAGE, 3.9 * 2 ** 30]) {
  const address = Math.floor(begin / PAGE) * PAGE;

  test(`all compute what their definitions say from address ${address} on`, async (context) => {
    const sideModule = new SideModule(bytes);
    await sideModule.compile({ shared: false });
    let backend;
    try {
      backend = new Backend(address);
    } catch (error) {
      if (error.constructor !== RangeError) throw error;
      return context.skip(`this machine gives no such memory: ${error.message}`);
    }
    const heap = BackendHeap.in(sideModule, backend, 'test');
    assert.ok(heap && ours.length > 40);
    for (const { kernel, what, inputs, attrs, expected, roundings } of ours) {
      const given = Object.entries(inputs).filter(([, input]) => input);
      const infos = Object.fromEntries(given.map(([name, input]) => [name, backend.write(input)]));
      const run = kernels[kernel].run ?? 'fusedForward';
      const results = [heap.run((all) => all[run](kernel, { inputs: infos, attrs }))].flat();
      assert.equal(results.length, expected.length);
      results.forEach((info, i) => assertMatches(backend.read(info), expected[i], `${kernel} ${what}`, roundings));
    }
    const [{ kernel, inputs, attrs }] = ours;
    const infos = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, backend.write(input)]));
    assert.throws(() => heap.run((all) => all.forward(kernel, { inputs: infos, attrs: { ...attrs, strides: 0 } })), {
      name: 'RangeError',
      message: /^Error in DepthwiseConv2dNative: strides must be a whole number from 1 to /,
    });
  });
}
