import assert from 'node:assert/strict';

/** The part of the calls after which memory must not grow any more. */
const WARM_UP = 0.2;

/**
 * Makes `calls` calls, `call(i)`, and checks that memory, `heapBytes()`, has reached its plateau after the first of them. What goes wrong
 * throws, with the number of the call that it was. `say` hears of each hundredth part.
 */
export function assertPlateau({ calls, call, heapBytes, say = () => {} }) {
  let plateau = Infinity;
  for (let i = 0; i < calls; ++i) {
    try {
      call(i);
    } catch (error) {
      throw new Error(`call ${i}: ${error.message}`, { cause: error });
    }
    if (i === Math.floor(calls * WARM_UP)) plateau = heapBytes();
    if (i % Math.ceil(calls / 100) === 0) say(i, heapBytes());
  }
  assert.ok(heapBytes() <= plateau, `the memory has ${heapBytes()} bytes; after the warm-up it had ${plateau}`);
  return heapBytes();
}
