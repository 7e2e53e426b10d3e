import { outOfMemory } from '../arguments.js';

/**
 * Loads dist/depthwise-tfjs.wasm, of either variant. It has no memory and no allocator of its own, so it can work in any memory.
 * Emscripten's documentation calls it a side module;
 * https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md describes how one is loaded.
 */

const STACK_BYTES = 64 * 1024;

export class SideModule {
  #bytes;
  #modules = new Map(); // by whether the memory is shared

  /** @param {{ bytes?: Uint8Array, module?: WebAssembly.Module }} source */
  constructor({ bytes, module }) {
    this.#bytes = bytes;
    if (module) this.#modules.set(false, module);
  }

  /** Compiles the module for memories that are not shared, and returns it. Throws if it is not a side module. */
  async compile() {
    if (!this.#modules.has(false)) {
      this.#modules.set(false, await WebAssembly.compile(withMemoryImport(this.#bytes, false)));
    }
    const module = this.#modules.get(false);
    memoryWantedBy(module);
    return module;
  }

  /**
   * Instantiates the module in a memory, and returns its exported functions.
   *
   * @param {WebAssembly.Memory} memory
   * @param {{ take: (bytes: number) => number, give: (address: number) => void }} allocator allocates and frees in `memory`. `take` returns
   *   0 if there is no memory
   * @param {string} functionName the kernel that is called, for the text of an error
   */
  instantiate(memory, { take, give }, functionName) {
    const module = this.#moduleFor(isShared(memory), functionName);
    const { memorySize, memoryAlignment, tableSize } = memoryWantedBy(module);
    const alignment = Math.max(16, 2 ** memoryAlignment);
    const bytes = memorySize + STACK_BYTES + alignment;
    const taken = take(bytes) >>> 0;
    if (taken === 0) throw outOfMemory(functionName, bytes);
    const base = Math.ceil(taken / alignment) * alignment;
    const stackTop = (base + memorySize + STACK_BYTES) & ~15;
    new Uint8Array(memory.buffer, base, memorySize).fill(0); // C++ expects zeros, which an allocator does not write
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
    const native = instance.exports;
    native.__wasm_apply_data_relocs?.();
    native.__wasm_call_ctors?.();
    return native;
  }

  #moduleFor(shared, functionName) {
    if (!this.#modules.has(shared)) {
      if (!this.#bytes) {
        throw new TypeError(
          `Error in ${functionName}: wasmModule fits tfjs's plain build only. For its threaded build pass wasmUrl or wasmBinary`,
        );
      }
      this.#modules.set(shared, new WebAssembly.Module(withMemoryImport(this.#bytes, shared)));
    }
    return this.#modules.get(shared);
  }
}

function isShared(memory) {
  return typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
}

// The rest reads and changes WebAssembly's binary format: https://webassembly.github.io/spec/core/binary/modules.html

const IMPORT_SECTION = 2;
const MEMORY = 2;
const MEMORY_INFO = 1;

/** Reads bytes and unsigned LEB128 numbers. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new TypeError('it ends in the middle of a section');
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  skipLimits() {
    const flags = this.byte();
    this.number();
    if (flags & 1) this.number();
  }
}

function encoded(number) {
  const bytes = [];
  do {
    bytes.push((number & 127) | (number > 127 ? 128 : 0));
    number >>>= 7;
  } while (number > 0);
  return bytes;
}

/**
 * Returns the module with other limits of the memory that it imports: any size, shared or not. An engine refuses a memory of another kind
 * than the module declares, and a compiler declares one kind.
 */
export function withMemoryImport(bytes, shared) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const sizeAt = reader.at;
    const size = reader.number();
    const body = reader.at;
    if (id === IMPORT_SECTION) {
      const [from, to] = memoryLimitsIn(reader);
      // A shared memory must have a maximum: 65536 pages are 4 GiB.
      const limits = shared ? [3, 0, ...encoded(65536)] : [0, 0];
      const section = [...bytes.subarray(body, from), ...limits, ...bytes.subarray(to, body + size)];
      return joined([bytes.subarray(0, sizeAt), encoded(section.length), section, bytes.subarray(body + size)]);
    }
    reader.at += size;
  }
  throw new TypeError('it has no imports');
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Returns the positions of the first byte and of the end of the limits of the imported memory. */
function memoryLimitsIn(reader) {
  for (let count = reader.number(); count > 0; --count) {
    for (let name = 0; name < 2; ++name) {
      const length = reader.number(); // not in one statement with the next line, because number() moves `at`
      reader.at += length;
    }
    const kind = reader.byte();
    const from = reader.at;
    if (kind === 0) reader.number();
    if (kind === 1) reader.at += 1;
    if (kind === 1 || kind === MEMORY) reader.skipLimits();
    if (kind === 3) reader.at += 2;
    if (kind === MEMORY) return [from, reader.at];
  }
  throw new TypeError('it imports no memory');
}

/** Returns the memory and the table that the module needs, from its section dylink.0. */
export function memoryWantedBy(module) {
  const [section = new ArrayBuffer(0)] = WebAssembly.Module.customSections(module, 'dylink.0');
  const bytes = new Uint8Array(section);
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    if (id === MEMORY_INFO) {
      const [memorySize, memoryAlignment, tableSize] = [reader.number(), reader.number(), reader.number()];
      return { memorySize, memoryAlignment, tableSize };
    }
    reader.at += size;
  }
  throw new TypeError('it does not say which memory it needs');
}
