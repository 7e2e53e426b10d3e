import { randomValues } from '../shared/reference.js';

// node serve.js CONTESTANT: a contestant in a process of its own, which does what its parent (table/remote.js) asks, one thing at a time.

const { createContestant } = await import(new URL(process.argv[2], import.meta.url).href);
const contestant = await createContestant();
/** What is prepared now. */
let prepared = { racers: {}, async dispose() {} };

const actions = {
  describe: () => ({ title: contestant.title, version: contestant.version }),
  async prepare(layer, passes) {
    prepared = await contestant.prepare(layer, randomValues(layer), passes);
    return Object.keys(prepared.racers);
  },
  first: (pass) => prepared.racers[pass].first(),
  warmUp: (pass, time) => prepared.racers[pass].warmUp(time),
  turn: (pass, calls) => prepared.racers[pass].turn(calls),
  dispose: () => prepared.dispose(),
};

process.on('message', async (/** @type {any} */ [action, ...args]) => {
  try {
    process.send?.({ result: await actions[action](...args) });
  } catch (error) {
    process.send?.({ error: String(error?.message ?? error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ result: 'ready' });
