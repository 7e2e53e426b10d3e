import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerOfCall, recordKernels } from './kernel-times.js';

const x = { shape: [2, 8, 8, 4] };
const filter = { shape: [3, 3, 4, 1] };

test('all passes of a convolution are one layer', () => {
  const { layer, spec } = layerOfCall('DepthwiseConv2dNative', { inputs: { x, filter }, attrs: { strides: [2, 2] } });
  assert.deepEqual([layer, spec], ['Depthwise 3×3, 8×8×4, stride 2', '2x8x8x4,3x3,stride=2']);
  const dy = { shape: [2, 4, 4, 4] };
  for (const [name, call] of Object.entries({
    DepthwiseConv2dNativeBackpropInput: { inputs: { dy, filter }, attrs: { strides: 2, inputShape: x.shape } },
    DepthwiseConv2dNativeBackpropFilter: { inputs: { x, dy }, attrs: { strides: [2, 2], filterShape: filter.shape } },
    DepthwiseConv2DBatchNorm: { inputs: { x, filter }, attrs: { strides: [2, 2] } },
  })) {
    assert.equal(layerOfCall(name, call).layer, layer);
  }
  const dense = { inputs: { x, filter: { shape: [1, 1, 4, 6] } }, attrs: { strides: 1 } };
  assert.equal(layerOfCall('FusedConv2D', dense).layer, 'Pointwise 1×1, 8×8×4→6');
  assert.equal(layerOfCall('SgdUpdate', { inputs: {}, attrs: {} }).layer, 'Optimizer');
});

test('the time of a kernel that another kernel calls counts once', () => {
  let time = 0;
  /** @type {Map<string, any>} */
  const kernels = new Map();
  const tf = {
    getKernelsForBackend: () => [...kernels.values()],
    unregisterKernel: (name) => kernels.delete(name),
    registerKernel: (kernel) => kernels.set(kernel.kernelName, kernel),
  };
  const inner = { kernelName: 'Relu', backendName: 'wasm', kernelFunc: () => void (time += 2) };
  const outer = { kernelName: 'Mean', backendName: 'wasm', kernelFunc: () => (kernels.get('Relu').kernelFunc({}), (time += 3)) }; // prettier-ignore
  [inner, outer].forEach(tf.registerKernel);
  const recorder = recordKernels(tf, 'wasm', () => time);
  kernels.get('Mean').kernelFunc({});
  kernels.get('Relu').kernelFunc({});
  assert.deepEqual(
    recorder.take().map(({ layer, calls, milliseconds }) => [layer, calls, milliseconds]),
    [
      ['Means and sums', 1, 5],
      ['Activations', 1, 2],
    ],
  );
  recorder.stop();
  assert.equal(kernels.get('Relu'), inner);
});
