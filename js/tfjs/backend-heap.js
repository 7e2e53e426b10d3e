import { Call } from '../call.js';
import { outOfMemory } from '../errors.js';
import { requireTensor } from './tensor-info.js';
import { TfjsKernels } from './tfjs-kernels.js';

/**
 * tfjs's wasm backend: its tensors where they are, in its own memory, into which our module is put. What this knows of tfjs's insides
 * stands in `heapOf` and in three members of the backend: `dataIdMap`, `makeOutput`, `disposeData`.
 */
export class BackendHeap {
  #backend;
  #kernels;

  /** @returns {BackendHeap | undefined} nothing where the backend's insides are not as we know them */
  static in(sideModule, backend, functionName) {
    const heap = heapOf(backend);
    if (!heap || !saysWhereTensorsAre(backend)) return undefined;
    return new BackendHeap(sideModule, backend, heap, functionName);
  }

  /** @private */
  constructor(sideModule, backend, { memory, allocator }, functionName) {
    this.#backend = backend;
    const instance = sideModule.instantiate(memory, allocator, functionName);
    this.#kernels = new TfjsKernels(this, new Call(instance, instance.native));
  }

  /** @returns {object} the TensorInfo or TensorInfos that `kernel` gives */
  run(kernel) {
    return kernel(this.#kernels);
  }

  operand(functionName, argument, info, dtype = 'float32') {
    requireTensor(functionName, argument, info, dtype);
    return { shape: info.shape, info };
  }

  place(functionName, argument, { info }) {
    return this.addressOf(info);
  }

  free() {}

  allocate(functionName, shape, size) {
    const info = this.#backend.makeOutput(shape, 'float32');
    if (size > 0 && this.addressOf(info) === 0) {
      this.discard(info);
      throw outOfMemory(functionName, size * Float32Array.BYTES_PER_ELEMENT);
    }
    return info;
  }

  addressOf({ dataId }) {
    return this.#backend.dataIdMap.get(dataId).memoryOffset >>> 0;
  }

  discard({ dataId }) {
    this.#backend.disposeData(dataId);
  }
}

/** The memory and the allocator of tfjs's module. Its plain build has the memory among its exports, the threaded one beside them. */
function heapOf({ wasm, makeOutput, dataIdMap }) {
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  const known =
    memory instanceof WebAssembly.Memory &&
    [wasm._malloc, wasm._free, makeOutput, dataIdMap?.get].every((member) => typeof member === 'function');
  return known ? { memory, allocator: { take: wasm._malloc, give: wasm._free } } : undefined;
}

/** That there is no offset must not be taken for 0, which stands for no memory. */
function saysWhereTensorsAre(backend) {
  const { dataId } = backend.makeOutput([1], 'float32');
  const offset = backend.dataIdMap.get(dataId)?.memoryOffset;
  backend.disposeData(dataId);
  return typeof offset === 'number';
}
