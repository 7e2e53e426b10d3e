/**
 * Decompresses raw deflate data: https://www.rfc-editor.org/rfc/rfc1951. The standalone script contains this decoder, because some
 * environments have no DecompressionStream (Firefox before 113, Jest with jsdom).
 */

const MAX_CODE_LENGTH = 15;
/** The order in which a block stores the lengths of the codes for code lengths. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Returns, for each symbol of a length or a distance, the first value and the number of extra bits. */
function rangesOf(first, extraBits) {
  return extraBits.map((bits) => {
    const range = { first, bits };
    first += 2 ** bits;
    return range;
  });
}

const LENGTHS = rangesOf(3, [...Array(8).fill(0), ...[1, 2, 3, 4, 5].flatMap((bits) => Array(4).fill(bits))]);
LENGTHS[28] = { first: 258, bits: 0 };
const DISTANCES = rangesOf(1, [0, 0, ...Array.from({ length: 28 }, (_, i) => i >> 1)]);

/** A Huffman code: the number of codes of each length, and the symbols in the order of their codes. */
function codeOf(lengths) {
  const counts = new Uint16Array(MAX_CODE_LENGTH + 1);
  for (const length of lengths) ++counts[length];
  counts[0] = 0;
  const symbols = [...lengths.keys()].filter((symbol) => lengths[symbol] > 0);
  return { counts, symbols: symbols.sort((a, b) => lengths[a] - lengths[b] || a - b) };
}

const FIXED = {
  literals: codeOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  distances: codeOf(Array(30).fill(5)),
};

/**
 * Returns the decompressed bytes.
 *
 * @param {Uint8Array} input raw deflate data, without a header
 * @param {number} size the number of decompressed bytes
 */
export function inflate(input, size) {
  const output = new Uint8Array(size);
  let written = 0;
  let position = 0; // in bits

  function bits(count) {
    let value = 0;
    for (let i = 0; i < count; ++i, ++position) value |= ((input[position >> 3] >> (position & 7)) & 1) << i;
    return value;
  }

  /** Reads a symbol. The codes of one length are consecutive numbers, so a code needs no table. */
  function symbol({ counts, symbols }) {
    for (let length = 1, code = 0, first = 0, index = 0; length <= MAX_CODE_LENGTH; ++length) {
      code |= bits(1);
      const count = counts[length];
      if (code - first < count) return symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new TypeError('the compressed wasm is damaged');
  }

  function copyStored() {
    const begin = ((position + 7) >> 3) + 4; // after the length and its complement
    const length = input[begin - 4] | (input[begin - 3] << 8);
    output.set(input.subarray(begin, begin + length), written);
    written += length;
    position = (begin + length) * 8;
  }

  function readCodes() {
    const [literals, distances, count] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const codeLengths = Array(19).fill(0);
    for (let i = 0; i < count; ++i) codeLengths[LENGTH_ORDER[i]] = bits(3);
    const code = codeOf(codeLengths);
    const lengths = [];
    while (lengths.length < literals + distances) {
      const next = symbol(code);
      if (next < 16) lengths.push(next);
      else if (next === 16) lengths.push(...Array(3 + bits(2)).fill(lengths.at(-1)));
      else lengths.push(...Array(next === 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    return { literals: codeOf(lengths.slice(0, literals)), distances: codeOf(lengths.slice(literals)) };
  }

  function copyBlock({ literals, distances }) {
    for (;;) {
      const next = symbol(literals);
      if (next === 256) return;
      if (next < 256) {
        output[written++] = next;
        continue;
      }
      const length = LENGTHS[next - 257].first + bits(LENGTHS[next - 257].bits);
      const { first, bits: extra } = DISTANCES[symbol(distances)];
      const distance = first + bits(extra);
      for (let i = 0; i < length; ++i, ++written) output[written] = output[written - distance];
    }
  }

  for (let isLast = 0; !isLast;) {
    isLast = bits(1);
    const kind = bits(2);
    if (kind === 0) copyStored();
    else copyBlock(kind === 1 ? FIXED : readCodes());
  }
  return output;
}
