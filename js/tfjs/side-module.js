import { outOfMemory } from '../errors.js';

/**
 * dist/depthwise-tfjs.wasm: a module without a memory or an allocator of its own, which can be put into any memory. Emscripten's
 * documentation calls it a side module; https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md says how one is
 * loaded.
 */

const STACK_BYTES = 64 * 1024;
const IMPORT_SECTION = 2;
const MEMORY = 2;

export class SideModule {
  #bytes;
  #modules = new Map();

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Compiles it for memories of one kind, so that putting it into one takes no time. Throws where it is not what it should be. */
  async compile({ shared }) {
    const module = await WebAssembly.compile(withMemoryImport(this.#bytes, shared));
    wantsOf(module);
    this.#modules.set(shared, module);
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
    const { memorySize, memoryAlignment, tableSize } = wantsOf(module);
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

/** Reads WebAssembly's binary format from a place on. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
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

  skip(count) {
    this.at += count;
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
 * The module with other limits of the memory that it imports: any size, and of the kind that the memory is. An engine refuses a memory of
 * another kind than the one that a module declares, and compilers make modules for one kind.
 */
function withMemoryImport(bytes, shared) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const sizeAt = reader.at;
    const size = reader.number();
    const body = reader.at;
    if (id === IMPORT_SECTION) {
      const [from, to] = memoryLimitsIn(reader);
      // Shared memories must name a most: 65536 pages are the 4 GB that there can be.
      const limits = shared ? [3, 0, ...encoded(65536)] : [0, 0];
      const section = [...bytes.subarray(body, from), ...limits, ...bytes.subarray(to, body + size)];
      const parts = [bytes.subarray(0, sizeAt), encoded(section.length), section, bytes.subarray(body + size)];
      return Uint8Array.from(parts.flatMap((part) => [...part]));
    }
    reader.skip(size);
  }
  throw new TypeError('it has no imports');
}

/** Where the limits of the imported memory stand. */
function memoryLimitsIn(reader) {
  for (let count = reader.number(); count > 0; --count) {
    reader.skip(reader.number());
    reader.skip(reader.number());
    const kind = reader.byte();
    const from = reader.at;
    if (kind === 0) reader.number();
    if (kind === 1) reader.skip(1);
    if (kind === 1 || kind === MEMORY) reader.skipLimits();
    if (kind === 3) reader.skip(2);
    if (kind === MEMORY) return [from, reader.at];
  }
  throw new TypeError('it imports no memory');
}

/** How much memory and table the module wants, as its section dylink.0 says. */
function wantsOf(module) {
  const [section = new ArrayBuffer(0)] = WebAssembly.Module.customSections(module, 'dylink.0');
  const bytes = new Uint8Array(section);
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    if (id === 1) {
      const [memorySize, memoryAlignment, tableSize] = [reader.number(), reader.number(), reader.number()];
      return { memorySize, memoryAlignment, tableSize };
    }
    reader.skip(size);
  }
  throw new TypeError('it does not say what memory it wants');
}
