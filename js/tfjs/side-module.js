import { outOfMemory } from '../errors.js';
import { memoryWantedBy, withMemoryImport } from './side-module-binary.js';

/**
 * dist/depthwise-tfjs.wasm, of either variant: a module without a memory or an allocator of its own, which can be put into any memory.
 * Emscripten's documentation calls it a side module; https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md says how
 * one is loaded.
 */

const STACK_BYTES = 64 * 1024;

export class SideModule {
  #bytes;
  #modules = new Map();

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /**
   * Compiles it for memories of one kind, so that putting it into one takes no time. Throws where it is not what it should be.
   *
   * @param {{ shared: boolean }} kind
   */
  async compile({ shared }) {
    const module = await WebAssembly.compile(withMemoryImport(this.#bytes, shared));
    memoryWantedBy(module);
    this.#modules.set(shared, module);
    return module;
  }

  /**
   * Puts it into a memory.
   * @param {WebAssembly.Memory} memory
   * @param {{ take: (bytes: number) => number, give: (address: number) => void }} allocator the memory's; `take` gives 0 where there is none
   * @param {string} functionName who asks, for the text of an error
   */
  instantiate(memory, allocator, functionName) {
    const shared = isShared(memory);
    if (!this.#modules.has(shared)) {
      this.#modules.set(shared, new WebAssembly.Module(withMemoryImport(this.#bytes, shared)));
    }
    return new SideInstance(this.#modules.get(shared), memory, allocator, functionName);
  }
}

/** The module in a memory, with what js/call.js and js/argument-block.js ask of one. */
class SideInstance {
  #memory;
  #floats;
  #doubles;

  constructor(module, memory, { take, give }, functionName) {
    this.#memory = memory;
    const { memorySize, memoryAlignment, tableSize } = memoryWantedBy(module);
    const alignment = Math.max(16, 2 ** memoryAlignment);
    const bytes = memorySize + STACK_BYTES + alignment;
    const taken = take(bytes) >>> 0;
    if (taken === 0) throw outOfMemory(functionName, bytes);
    const base = Math.ceil(taken / alignment) * alignment;
    const stackTop = (base + memorySize + STACK_BYTES) & ~15;
    new Uint8Array(memory.buffer, base, memorySize).fill(0); // allocators do not, and C++ counts on it
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory,
        takeMemory: take,
        giveMemory: give,
        __indirect_function_table: new WebAssembly.Table({ element: 'anyfunc', initial: tableSize }),
        __stack_pointer: new WebAssembly.Global({ value: 'i32', mutable: true }, stackTop),
        __memory_base: new WebAssembly.Global({ value: 'i32' }, base | 0),
        __table_base: new WebAssembly.Global({ value: 'i32' }, 0),
      },
    });
    /** @type {any} */
    this.native = instance.exports;
    this.native.__wasm_apply_data_relocs();
    this.native.__wasm_call_ctors();
  }

  // The memory grows without telling us, and then has another buffer.
  get HEAPF32() {
    if (this.#floats?.buffer !== this.#memory.buffer) this.#floats = new Float32Array(this.#memory.buffer);
    return this.#floats;
  }

  get HEAPF64() {
    if (this.#doubles?.buffer !== this.#memory.buffer) this.#doubles = new Float64Array(this.#memory.buffer);
    return this.#doubles;
  }
}

function isShared(memory) {
  return typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
}
