import assert from 'node:assert/strict';

/**
 * Runs `body` while all memory of a module is in use and cannot grow. `body` gets the tensors that use the memory, 4 kB each and small ones
 * at the end: disposing of the last ones frees memory.
 */
export function withoutMemory(dw, body) {
  const fillers = takeAllMemory(dw);
  try {
    return withoutGrowth(() => body(fillers));
  } finally {
    for (const filler of fillers) filler.dispose();
  }
}

/** Uses all memory of a module, so that it grows for the next request. Returns the tensors that use it. */
export function takeAllMemory(dw) {
  const fillers = [];
  withoutGrowth(() => {
    fill(dw, fillers, 1000);
    for (const large of fillers.splice(-2)) large.dispose();
    for (const size of [10, 1]) fill(dw, fillers, size);
  });
  return fillers;
}

/** Returns how many tensors of 4 kB fit into a module that does not grow. */
export function roomIn(dw) {
  return withoutMemory(dw, (fillers) => fillers.filter(({ size }) => size === 1000).length);
}

/** Runs `body` while every WebAssembly memory refuses to grow. */
export function withoutGrowth(body) {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
  };
  try {
    return body();
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
}

function fill(dw, fillers, size) {
  const data = new Float32Array(size);
  for (;;) {
    try {
      fillers.push(dw.tensor(data, [size]));
    } catch (error) {
      assert.equal(error.message, `Error in tensor: out of memory, ${4 * size} bytes were wanted`);
      assert.equal(error.constructor, RangeError);
      return;
    }
  }
}
