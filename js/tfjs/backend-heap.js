import { Call } from '../call.js';
import { outOfMemory } from '../errors.js';
import { Kernels } from '../kernels.js';
import { requireFloat32 } from './tensor-info.js';

/**
 * tfjs's wasm backend: its tensors where they are, in its own memory, into which our module is put. What this knows of tfjs's insides
 * stands in `heapOf` and in three members of the backend: `dataIdMap`, `makeOutput`, `disposeData`.
 */
export class BackendHeap {
  #backend;

  constructor(sideModule, backend) {
    this.#backend = backend;
    const { memory, allocator } = heapOf(backend);
    const instance = sideModule.instantiate(memory, allocator);
    this.kernels = new Kernels(this, new Call(instance, instance.native));
  }

  /** Whether the backend is one whose insides are as we know them. */
  static fits(backend) {
    return typeof backend.makeOutput === 'function' && backend.dataIdMap !== undefined && heapOf(backend) !== undefined;
  }

  /** @returns {object} the TensorInfo that `kernel` gives */
  run(kernel) {
    return kernel(this.kernels);
  }

  operand(functionName, argument, info) {
    requireFloat32(functionName, argument, info);
    return { shape: info.shape, address: () => this.addressOf(info), release() {} };
  }

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
function heapOf({ wasm }) {
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  if (typeof wasm._malloc !== 'function' || typeof wasm._free !== 'function') return undefined;
  return { memory, allocator: { take: wasm._malloc, give: wasm._free } };
}
