import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { packedMobileNet } from '../../packed-data/mobilenet.js';
import { createMobileNet } from './mobilenet.js';
import { PHOTO_SIZE } from './network.js';

const inPackages = (path) => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
const folder = '@vladmandic/face-api/model/ssd_mobilenetv1_model';

test('the first part of the pretrained network computes what the network of the package computes', async () => {
  await tf.setBackend('cpu');
  const { numTensors } = tf.memory();
  const packed = packedMobileNet(inPackages);
  const file = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength);
  const { model, frozen, trained } = createMobileNet(tf, tfl, file, { seed: 1, classes: 3 });
  tf.tidy(() => {
    const picture = tf.randomUniform([1, PHOTO_SIZE, PHOTO_SIZE, 3], -1, 1, 'float32', 5);
    const features = frozen.predictOnBatch(picture);
    const expected = featuresOfPackage(picture);
    assert.deepEqual(features.shape, expected.shape);
    const largest = tf.max(tf.abs(tf.sub(features, expected))).dataSync()[0];
    assert.ok(largest < 1e-3 && tf.max(expected).dataSync()[0] > 1, `${largest}`);
    // The two parts give what the whole network gives.
    const [whole, parts] = [model.predictOnBatch(picture), trained.predictOnBatch(features)].map((y) => y.dataSync());
    assert.deepEqual(whole, parts);
  });
  for (const one of [model, trained]) one.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

/** Returns the output of the fourth block, computed with the weights of the package. @param {tf.Tensor4D} picture */
function featuresOfPackage(picture) {
  const [{ weights }] = JSON.parse(readFileSync(inPackages(`${folder}-weights_manifest.json`), 'utf8'));
  const bytes = readFileSync(inPackages(`${folder}.bin`));
  const all = {};
  let offset = 0;
  for (const { name, shape, quantization } of weights) {
    const stored = bytes.subarray(offset, (offset += tf.util.sizeFromShape(shape) * (quantization ? 1 : 4)));
    if (!quantization || !/Conv2d_[0-4]_/.test(name)) continue;
    all[name.replace('MobilenetV1/', '')] = tf.tensor(Float32Array.from(stored, (byte) => byte * quantization.scale + quantization.min), shape); // prettier-ignore
  }
  const pointwise = (x, name, strides) => tf.clipByValue(tf.add(tf.conv2d(x, all[`${name}/weights`], strides, 'same'), all[`${name}/convolution_bn_offset`]), 0, 6); // prettier-ignore
  let y = pointwise(picture, 'Conv2d_0_pointwise', 2);
  for (const [i, strides] of [1, 2, 1, 2].entries()) {
    const name = `Conv2d_${i + 1}`;
    const norm = (part) => all[`${name}_depthwise/BatchNorm/${part}`];
    y = tf.depthwiseConv2d(y, all[`${name}_depthwise/depthwise_weights`], strides, 'same');
    y = tf.batchNorm(y, norm('moving_mean'), norm('moving_variance'), norm('beta'), norm('gamma'), 1e-3);
    y = pointwise(tf.clipByValue(y, 0, 6), `${name}_pointwise`, 1);
  }
  return y;
}
