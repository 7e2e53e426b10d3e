// Calls of the kernels and of the module from within each other: in tfjs's tidy, in the function of a custom gradient, in getters of
// attributes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { tf } from './support/tfjs.js';
import { onEachBackend } from './support/tfjs-backends.js';
import { kernelCalls, runKernelCall } from './support/tfjs-kernel-calls.js';
import { leavingNothing } from './support/tfjs-memory.js';

const dw = await load();
await import('@tensorflow/tfjs-layers'); // registers tfjs's own gradients
await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

const [X, FILTER, DY] = [valuesFor([1, 6, 5, 3]), valuesFor([3, 3, 3, 2]), valuesFor([1, 6, 5, 6])];
const attrs = { strides: 1, pad: 'same' };
const tensor = ({ data, shape }) => tf.tensor(data, shape);

/** The gradients of the module, in the place of tfjs's. */
const convolve = () =>
  tf.customGrad((x, filter, save) => {
    save([x, filter]);
    const y = dw.tidy(() => dw.depthwiseConv2d(plain(x), plain(filter), 1, 'same').dataSync());
    const gradFunc = (dy, [savedX, savedFilter]) => {
      const inputs = { x: plain(savedX), filter: plain(savedFilter), dy: plain(dy) };
      const [dx, dfilter] = dw.tidy(() => [
        dw.depthwiseConv2dNativeBackpropInput({ inputs, attrs: { ...attrs, inputShape: savedX.shape } }).dataSync(),
        dw
          .depthwiseConv2dNativeBackpropFilter({ inputs, attrs: { ...attrs, filterShape: savedFilter.shape } })
          .dataSync(),
      ]);
      return [tf.tensor(dx, savedX.shape), tf.tensor(dfilter, savedFilter.shape)];
    };
    return { value: tf.tensor(y, DY.shape), gradFunc };
  });

const plain = (x) => ({ data: x.dataSync(), shape: x.shape });

onEachBackend((_, expected) => {
  test('the module and the plug-in give the same gradients, each within a tidy of the other', () => {
    leavingNothing(() => {
      const gradientsOf = (f) =>
        dw.tidy(() =>
          tf.tidy(() =>
            tf
              .grads((x, filter) => tf.sum(tf.mul(f(x, filter), tensor(DY))))([tensor(X), tensor(FILTER)])
              .map(plain),
          ),
        );
      const ours = gradientsOf(convolve());
      const theirs = gradientsOf((x, filter) => tf.depthwiseConv2d(x, filter, 1, 'same'));
      ours.forEach((gradient, i) => {
        gradient.data.forEach((value, j) => assert.ok(Math.abs(value - theirs[i].data[j]) < 1e-4));
      });
    });
    assert.equal(dw.memory().numTensors, 0);
  });

  test('a getter of attributes that runs kernels, right and wrong, does not disturb the call', () => {
    const inner = () => {
      assert.throws(
        () => runKernelCall({ ...kernelCalls[0], attrs: { ...kernelCalls[0].attrs, strides: 0 } }),
        /strides must/,
      );
      kernelCalls.slice(0, 6).forEach((call, i) => assertSameBits(runKernelCall(call)[0], expected()[i][0]));
      dw.tidy(() => void dw.depthwiseConv2d(X, FILTER));
    };
    kernelCalls.forEach((call, i) => {
      for (const name of Object.keys(call.attrs)) {
        const get = () => (inner(), call.attrs[name]);
        const given = { ...call, attrs: Object.defineProperty({ ...call.attrs }, name, { get, enumerable: true }) };
        leavingNothing(() =>
          runKernelCall(given).forEach((result, j) =>
            assertSameBits(result, expected()[i][j], `${call.kernel} ${name}`),
          ),
        );
      }
    });
  });
});
