import { randomValues } from '../shared/reference.js';

// node serve.js FILE FUNCTION: a backend in a separate process, which executes the requests of its parent (remote.js), one at a time.

const [file, create] = process.argv.slice(2);
const backend = await (await import(new URL(file, import.meta.url).href))[create]();
let prepared = { runners: {}, async dispose() {} };

const actions = {
  describe: () => ({ title: backend.title, version: backend.version }),
  async prepare(layer, passes) {
    prepared = await backend.prepare(layer, randomValues(layer), passes);
    return Object.keys(prepared.runners);
  },
  first: (pass) => prepared.runners[pass].first(),
  warmUp: (pass, time) => prepared.runners[pass].warmUp(time),
  turn: (pass, calls) => prepared.runners[pass].turn(calls),
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
