/** What has to be read in the bytes of a side module, and changed, before an engine puts it into a memory. */

const IMPORT_SECTION = 2;
const MEMORY = 2;

/** Reads WebAssembly's binary format from a place on. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new TypeError('it ends where it should go on');
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
export function withMemoryImport(bytes, shared) {
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
export function memoryWantedBy(module) {
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
