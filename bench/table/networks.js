import { measurePass } from '../shared/measure.js';

const SIZE = 224;
const CLASSES = 1000;
/** The length of a call is some ten milliseconds, and V8 must optimize the JavaScript of tfjs too. */
const WARM_UP_MS = 500;

/**
 * model.predict of whole networks in tfjs-layers, with batch 1, on tfjs's wasm backend with and without the plug-in. The kernels of the backend
 * are replaced before each turn. The right result is that of tfjs without the plug-in.
 */
export const networksSection = {
  id: 'networks',
  title: 'whole networks',
  weight: 2,
  steps: () => [
    { name: 'mobilenet-v1', build: ({ mobilenetV1 }) => mobilenetV1({ size: SIZE, alpha: 1, classes: CLASSES }) },
    { name: 'mobilenet-v2', build: ({ mobilenetV2 }) => mobilenetV2({ size: SIZE, classes: CLASSES }) },
  ],
  async measure({ name, build }, { own, shareOfTime }) {
    const { startPlugIns, TFJS, useKernels } = await import('../shared/plug-in.js');
    const { tf } = await import('../shared/tfjs.js');
    const networks = await import('../shared/networks.js'); // first, because registerKernels hooks the layers that exist
    const variants = own.map(({ id }) => id);
    await startPlugIns(variants);
    const model = build(networks);
    const xShape = [1, SIZE, SIZE, 3];
    const picture = tf.randomUniform(xShape, -1, 1, 'float32', 7);
    const predict = () => model.predict(picture);
    const first = predict();
    const right = { shape: first.shape, data: first.dataSync() };
    first.dispose();
    const candidates = [...variants, TFJS].map((id) => ({ id, activate: async () => useKernels(id), run: predict }));
    const allowed = { ...shareOfTime(candidates.length), warmUpMs: WARM_UP_MS };
    const results = await measurePass(candidates, right, allowed);
    useKernels(TFJS);
    picture.dispose();
    model.dispose();
    return [{ row: name, shape: xShape.join('x'), pass: 'predict', results }];
  },
};
