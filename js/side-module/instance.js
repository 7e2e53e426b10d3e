import { memoryWantedBy } from './binary.js';

const STACK_BYTES = 64 * 1024;

/** Returns the bytes that an instance of the side module needs for its static data and its stack. */
export function instanceBytes(module) {
  const { memorySize, alignment } = wanted(module);
  return memorySize + STACK_BYTES + alignment;
}

function wanted(module) {
  const { memorySize, memoryAlignment, tableSize } = memoryWantedBy(module);
  return { memorySize, alignment: Math.max(16, 2 ** memoryAlignment), tableSize };
}

/**
 * Instantiates the side module at a place in a memory: `instanceBytes` bytes from `place`. All instances have the same functions at the same
 * indices of their tables, so a function pointer of one instance is valid in all.
 *
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @param {number} place
 * @param {{ takeMemory: Function, giveMemory: Function, runParts: Function }} imports
 */
export function instantiateSideModule(module, memory, place, imports) {
  const { memorySize, alignment, tableSize } = wanted(module);
  const base = Math.ceil(place / alignment) * alignment;
  const stackTop = (base + memorySize + STACK_BYTES) & ~15;
  const stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, stackTop);
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: tableSize });
  new Uint8Array(memory.buffer, base, memorySize).fill(0); // C++ expects zeros, which an allocator does not write
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory,
      ...imports,
      __indirect_function_table: table,
      __stack_pointer: stackPointer,
      __memory_base: new WebAssembly.Global({ value: 'i32' }, base | 0),
      __table_base: new WebAssembly.Global({ value: 'i32' }, 0),
    },
  });
  /** @type {any} */
  const native = instance.exports;
  native.__wasm_apply_data_relocs?.();
  native.__wasm_call_ctors?.();
  return {
    native,
    table,
    resetStack() {
      stackPointer.value = stackTop;
    },
  };
}
