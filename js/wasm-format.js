/** What can be told of a file from how WebAssembly's binary format begins and goes on: https://webassembly.github.io/spec/core/binary/ */

const MAGIC = [0, 97, 115, 109];
const HEADER_BYTES = 8;

/** @param {Uint8Array} bytes */
export function isWasm(bytes) {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Whether the last section should be longer than the bytes are. @param {Uint8Array} bytes */
export function isCutShort(bytes) {
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    at += 1; // the section's id; then its size, seven bits a byte
    for (let byte = 128, size = 0, unit = 1; byte > 127; unit *= 128) {
      byte = bytes[at++] ?? 0;
      size += (byte & 127) * unit;
      if (byte < 128) at += size;
    }
  }
  return at > bytes.length;
}
