// Models with a graph of layers in files of Keras 3, which tfjs-layers 4.22 does not read. If the first test fails because tfjs reads them, delete
// js/tfjs-layers/functional.js.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { useBackend } from './support/tfjs.js';
import { tf, tfl } from './support/tfjs-layers.js';

await useBackend('cpu');
const { registerClasses } = layersFor(tf, tfl);

/** As Keras 3 writes an object. */
const object = (module, class_name, config) => ({ module, class_name, config, registered_name: null });
const dtype = object('keras', 'DTypePolicy', { name: 'float32' });
const tensor = (name, node = 0, output = 0) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 6, 6, 2], dtype: 'float32', keras_history: [name, node, output] },
});
const call = (args, kwargs = {}) => ({ args, kwargs });
const layer = (class_name, name, config, ...inbound_nodes) => ({
  ...object('keras.layers', class_name, { name, trainable: true, dtype, ...config }),
  build_config: { input_shape: [null, 6, 6, 2] },
  name,
  inbound_nodes,
});
const input = (name, shape) => layer('InputLayer', name, { batch_shape: [null, ...shape], sparse: false });
const model = (name, layers, input_layers, output_layers) => ({
  ...object('keras', 'Functional', { name, trainable: true, layers, input_layers, output_layers }),
  name,
});
const load = (topology) => tfl.models.modelFromJSON(structuredClone(topology));

/** A block with its own graph, a sequential model, a layer that is called twice, and two outputs. */
const block = model(
  'the_block',
  [
    input('block_input', [6, 6, 2]),
    layer('DepthwiseConv2D', 'depthwise_1', { kernel_size: [3, 3], padding: 'same' }, call([tensor('block_input')])),
    layer('ReLU', 're_lu', { max_value: 6 }, call([tensor('depthwise_1')])),
  ],
  ['block_input', 0, 0],
  ['re_lu', 0, 0],
);
const head = object('keras', 'Sequential', {
  name: 'the_head',
  layers: [
    input('head_input', [4]),
    layer('Dense', 'dense_1', { units: 3, use_bias: true }),
    layer('Dropout', 'dropout_1', { rate: 0.5, seed: null }),
  ],
});
const concatenated = tensor('concatenate_1');
const topology = model(
  'of_keras_3',
  [
    input('image_input', [6, 6, 2]),
    { ...block, inbound_nodes: [call([tensor('image_input')], { training: null, mask: null })] },
    layer('Add', 'add_1', {}, call([[tensor('the_block'), tensor('image_input')]])),
    // It is called twice, so its second call is node 1.
    layer('GlobalAveragePooling2D', 'pool_1', {}, call([tensor('add_1')]), call([tensor('the_block')])),
    layer('Concatenate', 'concatenate_1', { axis: -1 }, call([[tensor('pool_1'), tensor('pool_1', 1)]])),
    { ...head, name: 'the_head', inbound_nodes: [call([concatenated], { training: false })] },
    layer('Dense', 'dense_2', { units: 2 }, call([tensor('the_head')])),
  ],
  ['image_input', 0, 0],
  [
    ['dense_2', 0, 0],
    ['the_head', 0, 0],
    ['the_block', 1, 0],
  ],
);

/** The same model, written with the functions of tfjs. */
function reference() {
  const { layers } = tfl;
  const image = tfl.input({ shape: [6, 6, 2] });
  const blockInput = tfl.input({ shape: [6, 6, 2] });
  const depthwise = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }).apply(blockInput);
  const inner = tfl.model({ inputs: blockInput, outputs: layers.reLU({ maxValue: 6 }).apply(depthwise) });
  const y = inner.apply(image);
  const pool = layers.globalAveragePooling2d({});
  const pooled = [pool.apply(layers.add().apply([y, image])), pool.apply(y)];
  const dense = layers.dense({ units: 3, inputShape: [4] });
  const sequence = tfl.sequential({ layers: [dense, layers.dropout({ rate: 0.5 })] });
  const scores = sequence.apply(layers.concatenate({ axis: -1 }).apply(pooled));
  return tfl.model({ inputs: image, outputs: [layers.dense({ units: 2 }).apply(scores), scores, y] });
}

test('tfjs refuses a file of Keras 3', async () => {
  await assert.rejects(load(topology), /batchInputShape/);
});

test('a file of Keras 3 computes what the same model of tfjs computes', async () => {
  after(registerClasses());
  const [loaded, expected] = [await load(topology), reference()];
  assert.equal(loaded.getClassName(), 'Functional');
  assert.ok(loaded instanceof tfl.LayersModel);
  expected.setWeights(loaded.getWeights());
  const x = tf.randomUniform([2, 6, 6, 2], -1, 1, 'float32', 1);
  const [ours, theirs] = [loaded.predict(x), expected.predict(x)].map((ys) => ys.map((y) => Array.from(y.dataSync())));
  assert.deepEqual(
    ours.map(({ length }) => length),
    [4, 6, 144],
  );
  assert.ok(ours.flat().every((value) => Number.isFinite(value)) && ours[0].some((value) => value !== 0));
  assert.deepEqual(ours, theirs);
  // What tfjs saves is a file of tfjs.
  const again = await tfl.models.modelFromJSON(loaded.toJSON(null, false));
  assert.deepEqual(
    again.outputs.map(({ shape }) => shape),
    loaded.outputs.map(({ shape }) => shape),
  );
});

for (const [what, changed, error] of [
  [
    'a tensor as an option of a call',
    layer('Dense', 'last', { units: 1 }, call([tensor('a')], { mask: tensor('a') })),
    /the file calls the Dense last with a tensor as mask/,
  ],
  [
    'a value in a call',
    layer('Add', 'last', {}, call([[tensor('a'), 2]])),
    /Add last with a value that is not a tensor/,
  ],
  [
    'another dtype',
    layer(
      'Dense',
      'last',
      { units: 1, dtype: object('keras', 'DTypePolicy', { name: 'mixed_float16' }) },
      call([tensor('a')]),
    ),
    /Error in Dense: dtype must be 'float32', got the policy 'mixed_float16'/,
  ],
  [
    'two names that are equal in tfjs',
    layer('Dense', 'A', { units: 1 }, call([tensor('a')])),
    /cannot distinguish the layers _a and A/,
    '_a',
  ],
]) {
  test(`a file of Keras 3 with ${what} is refused`, async () => {
    after(registerClasses());
    const layers = [input('a', [3]), ...(what.startsWith('two') ? [input('_a', [3])] : []), changed];
    await assert.rejects(load(model('wrong', layers, ['a', 0, 0], [changed.name, 0, 0])), error);
  });
}
