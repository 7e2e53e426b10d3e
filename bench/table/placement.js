import { sizeOf } from '../shared/geometry.js';

/** Addresses that are equal modulo this fall on the same place of a first-level cache. */
export const PAGE = 4096;
const TRIES = 50;
/** Tensors begin at cache lines (cpp/buffer.cpp), and what the allocator keeps in front of them takes up another. */
const LINE = 64;

export function addressOf(tensor) {
  return tensor.data.byteOffset;
}

/**
 * A tensor whose address modulo a page is `remainder`. The allocator decides where a tensor comes to lie, so others that fill the gap
 * are put before it, until it is right; they are given back at the end.
 */
export function tensorAt(dw, { data, shape }, remainder) {
  const fillers = [];
  try {
    for (let i = 0; i < TRIES; ++i) {
      const tensor = dw.tensor(data, shape);
      const gap = (((remainder - addressOf(tensor)) % PAGE) + PAGE) % PAGE;
      if (gap === 0) return tensor;
      tensor.dispose();
      fillers.push(filler(dw, Math.max(gap - LINE, LINE)));
    }
  } finally {
    for (const tensor of fillers) tensor.dispose();
  }
  throw new Error(`no tensor of ${sizeOf(shape)} values could be placed at ${remainder} modulo ${PAGE}`);
}

function filler(dw, bytes) {
  const values = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
  return dw.tensor(values, [values.length]);
}
