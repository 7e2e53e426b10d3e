const makers = {
  'tfjs-wasm': () => tfjs('wasm'),
  'tfjs-cpu': () => tfjs('cpu'),
  litert: () => remote('litert', './litert.js'),
  ort: () => remote('ort', './ort.js'),
  'ort-training': () => remote('ort-training', './ort-training.js'),
};

export const peerNames = Object.keys(makers);

/** The contestants of these names, and why one is not among them: { peers, missing: { [name]: reason } }. */
export async function createPeers(names) {
  const peers = [];
  const missing = {};
  for (const name of names) {
    try {
      peers.push(await makers[name]());
    } catch (error) {
      missing[name] = error.message;
    }
  }
  return { peers, missing };
}

async function tfjs(backend) {
  const { createTfjs } = await import('../shared/contestants/tfjs.js');
  return createTfjs(backend);
}

async function remote(id, file) {
  const { createRemote } = await import('./remote.js');
  return createRemote(id, file);
}
