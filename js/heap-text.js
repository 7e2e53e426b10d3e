/** Texts in the heap, which are UTF-8. */

export function readText(module, address, length) {
  const bytes = new Uint8Array(module.HEAPF32.buffer, address, length);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice()); // a copy: memory that threads share is not taken
}

/** Writes as much as there is room for. @returns {number} the bytes written */
export function writeText(module, address, room, text) {
  return new TextEncoder().encodeInto(text, new Uint8Array(module.HEAPF32.buffer, address, room)).written;
}
