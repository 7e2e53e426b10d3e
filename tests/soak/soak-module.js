import assert from 'node:assert/strict';

import { loadAnotherModule } from '../js/support/another-module.js';
import { Model } from '../js/support/fuzz/model.js';
import { Random } from '../js/support/random.js';
import { roomIn } from '../js/support/without-memory.js';
import { assertPlateau } from './plateau.js';

const SIMPLE = [
  ...['tensor', 'tensor', 'copy', 'write', 'dispose', 'keep', 'kernel', 'kernel', 'fused', 'chain', 'wrong', 'wrong'],
  ...['makeLayer', 'againLayer', 'callLayer', 'callLayer', 'backwardLayer', 'setWeightsOfLayer', 'disposeLayer'],
];

/** Random calls of the module, right and wrong, whose results are compared with the oracle. */
export async function soakModule({ calls, seed, say }) {
  const dw = await loadAnotherModule();
  const room = roomIn(dw);
  const random = new Random(`${seed} steps`);
  const model = new Model(dw, `${seed} calls`);
  const step = () =>
    random.chance(0.05) ? { kind: 'tidy', body: [step(), step(), step()] } : { kind: random.oneOf(SIMPLE) };
  const heapBytes = assertPlateau({
    ...{ calls, say },
    call: () => model.run([step()]),
    heapBytes: () => dw.memory().heapBytes,
  });
  model.end();
  const { numTensors, numBytes } = dw.memory();
  assert.deepEqual([numTensors, numBytes], [0, 0]);
  assert.ok(roomIn(dw) >= room, 'memory is lost'); // also what no tensor holds
  return heapBytes;
}
