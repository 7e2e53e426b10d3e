import assert from 'node:assert/strict';

/**
 * Runs `body` while all memory of a module is taken, and growing it fails as engines let it fail. `body` gets the tensors that take the
 * memory, 4 kB each and at least 8 kB of small ones last: popping and disposing of one gives a little back.
 */
export function withoutMemory(dw, body) {
  const fillers = takeAllMemory(dw);
  try {
    return withoutGrowth(() => body(fillers));
  } finally {
    for (const filler of fillers) filler.dispose();
  }
}

/** Takes all memory that a module has, so that it grows for whatever it is asked next. */
export function takeAllMemory(dw) {
  const fillers = [];
  withoutGrowth(() => {
    fill(dw, fillers, 1000);
    for (const large of fillers.splice(-2)) large.dispose();
    for (const size of [10, 1]) fill(dw, fillers, size);
  });
  return fillers;
}

/** How many tensors of 4 kB a module has room for without growing. */
export function roomIn(dw) {
  return withoutMemory(dw, (fillers) => fillers.filter(({ size }) => size === 1000).length);
}

function withoutGrowth(body) {
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
