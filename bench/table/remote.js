import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { optimizingOnly } from './engine.js';

const serve = fileURLToPath(new URL('../peers/serve.js', import.meta.url));

/**
 * A contestant in a process of its own (peers/serve.js): packages that change globals would be in the way of others. It takes turns with
 * those of this process, and makes its tensors from the same random numbers.
 */
export async function createRemote(id, file) {
  const child = fork(serve, [file], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: optimizingOnly,
  });
  const ask = asker(child, id);
  try {
    await ask();
    const { title, version } = await ask('describe');
    return {
      id,
      title,
      version,
      isRemote: true,
      prepare: (layer, _, wanted) => prepare(ask, layer, wanted),
      end: () => child.kill(),
    };
  } catch (error) {
    child.kill();
    throw error;
  }
}

async function prepare(ask, layer, wanted) {
  const passes = await ask('prepare', layer, wanted);
  const racerOf = (pass) => ({
    first: () => ask('first', pass),
    warmUp: (time) => ask('warmUp', pass, time),
    turn: (calls) => ask('turn', pass, calls),
  });
  return {
    racers: Object.fromEntries(passes.map((pass) => [pass, racerOf(pass)])),
    dispose: () => ask('dispose'),
  };
}

/** Sends a request, if there is one, and waits for the next answer. Only one at a time. */
function asker(child, id) {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-2000)));
  let waiting;
  const settle = (method, value) => {
    waiting?.[method](value);
    waiting = undefined;
  };
  child.on('message', ({ result, error }) => {
    if (error === undefined) settle('resolve', result);
    else settle('reject', new Error(error));
  });
  child.on('close', (code, signal) => {
    const [why] = said.match(/^\w*Error.*$/m) ?? [''];
    settle('reject', new Error(`the process of ${id} ended with ${signal ?? code}. ${why}`.trim()));
  });
  return (...request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      if (!child.connected) return settle('reject', new Error(`the process of ${id} has ended`));
      if (request.length > 0) child.send(request);
    });
}
