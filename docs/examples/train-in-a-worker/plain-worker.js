// A classic worker: it can load the scripts of TensorFlow.js, and import modules.
const tfjs = './node_modules/@tensorflow';
importScripts(
  `${tfjs}/tfjs-core/dist/tf-core.min.js`,
  `${tfjs}/tfjs-layers/dist/tf-layers.min.js`,
  `${tfjs}/tfjs-backend-wasm/dist/tf-backend-wasm.min.js`,
);

async function start() {
  const { trainOnWasm } = await import('./node_modules/depthwise-wasm/js/tfjs/index.js');
  const { serve } = await import('./training.js');
  await trainOnWasm(tf, { wasmPaths: `${tfjs}/tfjs-backend-wasm/dist/` });
  serve(tf, tf);
}
start().catch(({ message }) => postMessage({ type: 'failed', message }));
