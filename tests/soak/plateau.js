import assert from 'node:assert/strict';

/** After this part of the calls, memory must not grow any more. */
const WARM_UP = 0.2;

/**
 * Makes `calls` calls, `call(i)`, which may be asynchronous, and asserts that the memory, `heapBytes()`, does not grow after the warm-up. An error contains the number
 * of the call. `say` gets the progress.
 */
export async function assertPlateau({ calls, call, heapBytes, say = () => {} }) {
  let plateau = Infinity;
  for (let i = 0; i < calls; ++i) {
    try {
      await call(i);
    } catch (error) {
      throw new Error(`call ${i}: ${error.message}`, { cause: error });
    }
    if (i === Math.floor(calls * WARM_UP)) plateau = heapBytes();
    if (i % Math.ceil(calls / 100) === 0) say(i, heapBytes());
  }
  assert.ok(heapBytes() <= plateau, `the memory is ${heapBytes()} bytes; after the warm-up it was ${plateau} bytes`);
  return heapBytes();
}
