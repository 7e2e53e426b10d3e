import { Buffer } from 'node:buffer';
import { crc32, deflateSync } from 'node:zlib';

/**
 * Returns a PNG file of a grey picture with 16 levels.
 *
 * @param {Uint8Array} levels row by row, from 0 (black) to 15 (white)
 * @param {number} width an even number
 */
export function greyPng(levels, width) {
  const height = levels.length / width;
  const bytesOfRow = width / 2;
  const rows = Buffer.alloc(height * (1 + bytesOfRow)); // a row starts with its filter: 0, none
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < bytesOfRow; ++x) {
      const at = y * width + 2 * x;
      rows[y * (1 + bytesOfRow) + 1 + x] = (levels[at] << 4) | levels[at + 1];
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 4; // bits of a pixel; the other bytes are 0: grey, no interlacing
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}
