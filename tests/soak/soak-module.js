import assert from 'node:assert/strict';

import { loadAnotherModule } from '../js/support/another-module.js';
import { Model, WEIGHTS } from '../js/support/fuzz/model.js';
import { Random } from '../js/support/random.js';
import { roomIn } from '../js/support/without-memory.js';
import { assertPlateau } from './plateau.js';

const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) => (kind === 'grow' ? [] : Array(weight).fill(kind)));

/** Makes random calls of the module, valid and invalid, and compares the results with the oracle. */
export async function soakModule({ calls, seed, say }) {
  const dw = await loadAnotherModule();
  const room = roomIn(dw);
  const random = new Random(`${seed} steps`);
  const model = new Model(dw, `${seed} calls`);
  const step = () =>
    random.chance(0.05) ? { kind: 'tidy', body: [step(), step(), step()] } : { kind: random.oneOf(KINDS) };
  const heapBytes = await assertPlateau({
    ...{ calls, say },
    call: () => model.run([step()]),
    heapBytes: () => dw.memory().heapBytes,
  });
  model.end();
  assert.ok(roomIn(dw) >= room, 'memory is lost that no tensor uses');
  return heapBytes;
}
