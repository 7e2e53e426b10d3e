import { prepareEngine } from './measure.js';

// The program of an engine. engines.js bundles it for pages, and starts it as a process. On a page, engines.js calls `globalThis.engine`; a process
// answers messages [method, ...arguments].

if ('document' in globalThis) {
  const threads = Number(new URLSearchParams(globalThis.location.search).get('threads'));
  // tfjs starts at most one thread for two processors.
  if (threads > 1) Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
  globalThis.engine = prepareEngine({
    packagePath: '/js/index.js',
    tfjsPath: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/',
    read: async (path) => (await fetch(`/${path}`)).arrayBuffer(),
    threads,
  });
} else {
  const { readFile } = await import('node:fs/promises');
  const { fileURLToPath } = await import('node:url');
  const root = new URL('../../', import.meta.url);
  const engine = prepareEngine({
    packagePath: fileURLToPath(new URL('js/index.node.js', root)), // a path: Bun ignores the query of an address,
    tfjsPath: fileURLToPath(new URL('node_modules/@tensorflow/tfjs-backend-wasm/dist/', root)),
    read: (path) => readFile(new URL(path, root)),
  });
  process.on('message', async ([method, ...args]) => {
    try {
      process.send({ value: await (await engine)[method](...args) });
    } catch (error) {
      process.send({ error: error.message });
    }
  });
}
