import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const serve = fileURLToPath(new URL('serve.js', import.meta.url));

/**
 * Returns a backend in a separate process (serve.js), because some packages change globals. It takes turns with the backends of this
 * process and creates its tensors from the same random numbers. `file` exports `create`, which creates the backend.
 */
export async function createRemote(id, { file, create }, v8Flags) {
  const child = fork(serve, [file, create], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: v8Flags,
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
      async prepare(layer, _, wanted) {
        const passes = await ask('prepare', layer, wanted);
        const runnerOf = (pass) => ({
          first: () => ask('first', pass),
          warmUp: (time) => ask('warmUp', pass, time),
          turn: (calls) => ask('turn', pass, calls),
        });
        return {
          runners: Object.fromEntries(passes.map((pass) => [pass, runnerOf(pass)])),
          dispose: () => ask('dispose'),
        };
      },
      end: () => child.kill(),
    };
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** Returns a function that sends a request, if any, and waits for the next answer. Only one request at a time. */
function asker(child, id) {
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-2000)));
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
    const [why] = output.match(/^\w*Error.*$/m) ?? [''];
    settle('reject', new Error(`the process of ${id} ended with ${signal ?? code}. ${why}`.trim()));
  });
  return (...request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      if (!child.connected) return settle('reject', new Error(`the process of ${id} has ended`));
      if (request.length > 0) child.send(request);
    });
}
