import seedrandom from 'seedrandom';
import * as oracle from '../../tests/js/support/tfjs-oracle.js';
import { formatShape, parseShape } from '../shared/layers.js';
import { convolutionOf, sizeOf } from '../shared/reference.js';
import { measureRow } from './measure-row.js';

/** Windows in networks: adjacent ones as in VGG-16, overlapping ones as in ResNet-18 and Inception-v3, and one over the whole image. */
export const poolRows = Object.entries({
  'pool-2x2-s2/1': '1x112x112x128,2x2,stride=2,pad=valid',
  'pool-2x2-s2/2': '8x24x24x32,2x2,stride=2,pad=valid',
  'pool-3x3-s2/1': '1x112x112x64,3x3,stride=2',
  'pool-3x3-s2/2': '1x35x35x288,3x3,stride=2,pad=valid',
  'pool-3x3-s1/1': '1x28x28x192,3x3',
  'pool-3x3-s1/2': '1x17x17x768,3x3',
  'pool-global/1': '1x7x7x1024,7x7,pad=valid',
  'pool-global/2': '1x8x8x2048,8x8,pad=valid',
}).map(([name, text]) => parseShape(text, name));

/** V8 compiles each function once, at its first call. */
const WARM_UP_MS = 20;
const FLOAT_BYTES = 4;

/** For each pass: the kernel, its inputs, the tensors that a call must move, and the right result. */
const PASSES = {
  maxPool: {
    kernelName: 'MaxPool',
    inputsOf: ({ x }) => ({ x }),
    moved: ['x', 'y'],
    rightOf: (pool, { x }) => oracle.maxPool(pool, x.data),
  },
  maxPoolGradient: {
    kernelName: 'MaxPoolGrad',
    inputsOf: ({ x, y, dy }) => ({ dy, input: x, output: y }),
    moved: ['x', 'dy', 'dx'],
    rightOf: (pool, { x, dy }) => oracle.maxPoolGradient(pool, x.data, dy.data),
  },
  averagePool: {
    kernelName: 'AvgPool',
    inputsOf: ({ x }) => ({ x }),
    moved: ['x', 'y'],
    rightOf: (pool, { x }) => oracle.averagePool(pool, x.data),
  },
  averagePoolGradient: {
    kernelName: 'AvgPoolGrad',
    inputsOf: ({ x, dy }) => ({ dy, input: x }),
    moved: ['dy', 'dx'],
    rightOf: (pool, { dy }) => oracle.averagePoolGradient(pool, dy.data),
  },
};

/** Max and average pooling and their gradients, in the plug-in for tfjs and in tfjs. The limit is that of the memory alone. */
export const poolingSection = {
  id: 'pooling',
  title: 'pooling',
  weight: 2,
  steps: ({ poolRows: rows }) => rows,
  async measure(layer, { own, peers, limitsModule, shareOfTime, progress }) {
    const { strides, pad, filterHeight, filterWidth } = layer;
    const attrs = { filterSize: [filterHeight, filterWidth], strides, pad, dimRoundingMode: null };
    const pool = { ...convolutionOf(layer), ...attrs };
    const values = randomValues(pool);
    const prepared = await prepareBackends(own, peers, values);
    const results = [];
    for (const [pass, { kernelName, inputsOf, moved, rightOf }] of Object.entries(PASSES)) {
      progress.pass(pass);
      const candidates = prepared.map(({ id, call }) => ({ id, run: call(kernelName, inputsOf, attrs) }));
      const { shape, values: data } = rightOf(pool, values);
      const bytes = moved.reduce((sum, name) => sum + FLOAT_BYTES * sizeOf(values[name].shape), 0);
      const allowed = { ...shareOfTime(Object.keys(PASSES).length * candidates.length), warmUpMs: WARM_UP_MS };
      const names = { row: layer.name, shape: formatShape(layer), pass };
      const work = { flops: 0, bytes };
      results.push(await measureRow(names, { work, candidates, right: { shape, data }, limitsModule, allowed }));
    }
    for (const { dispose } of prepared) dispose();
    return results;
  },
};

/** Returns { x, dx, y, dy }; dx and dy have the shapes of x and y. x is positive: otherwise, the max gradient of tfjs's wasm backend is wrong. */
function randomValues(pool) {
  const random = seedrandom.alea('pooling');
  const tensor = (shape, value) => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, value) });
  const x = tensor(pool.xShape, () => random());
  const { shape, values } = oracle.maxPool(pool, x.data);
  return { x, dx: x, y: { shape, data: Float32Array.from(values) }, dy: tensor(shape, () => 2 * random() - 1) };
}

/** Returns for the plug-in and for tfjs's backends { id, call, dispose }, with the tensors in the memory of each backend. */
async function prepareBackends(own, peers, values) {
  const { kernelOf, startPlugIns, TFJS } = await import('../shared/plug-in.js');
  const { rawCall, rawTensor, startTfjs, tf } = await import('../shared/tfjs.js');
  const isWanted = (id) => peers.some((peer) => peer.id === id);
  const prepare = (id, backend, find) => {
    const tensors = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, rawTensor(backend, value)]),
    );
    return {
      id,
      call: (kernelName, inputsOf, attrs) => rawCall(find(kernelName), backend, inputsOf(tensors), attrs),
      dispose: () => Object.values(tensors).forEach(({ dataId }) => backend.disposeData(dataId)),
    };
  };
  const cpu = isWanted('tfjs-cpu') && (await startTfjs('cpu'));
  const wasm = await startPlugIns(own.map(({ id }) => id));
  return [
    ...own.map(({ id }) => prepare(id, wasm, (kernel) => kernelOf(id, kernel))),
    ...(isWanted(TFJS) ? [prepare(TFJS, wasm, (kernel) => kernelOf(TFJS, kernel))] : []),
    ...(cpu ? [prepare('tfjs-cpu', cpu, (kernel) => tf.getKernel(kernel, 'cpu'))] : []),
  ];
}
