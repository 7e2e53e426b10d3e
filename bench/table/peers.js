const makers = {
  'tfjs-wasm': () => tfjs('wasm'),
  'tfjs-cpu': () => tfjs('cpu'),
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
  return createTfjs(backend, { raw: true });
}
