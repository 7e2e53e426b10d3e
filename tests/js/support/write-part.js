export const PART_WORDS = 20_000;

/** Writes the words of a part. @param {WebAssembly.Memory} memory @param {number} address of the words @param {number} part */
export function writePart(memory, address, part) {
  const words = new Int32Array(memory.buffer, address + part * PART_WORDS * Int32Array.BYTES_PER_ELEMENT, PART_WORDS);
  for (let i = 0; i < PART_WORDS; ++i) words[i] = part + i;
}
