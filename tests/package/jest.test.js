// Jest runs tests in a realm of its own: with CommonJS and with modules, in the environments node and jsdom.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeConsumer } from './support/consumer.js';
import { guideFile } from './support/guide.js';

const guideTest = guideFile('Jest', 'main.test.js');
const as = (environment, source) => `/** @jest-environment ${environment} */\n${source}`;
const computes = (loading) => `
  test('computes', async () => {
    const dw = await ${loading};
    const ones = (...shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape });
    const [x, filter] = [ones(1, 4, 4, 1), ones(3, 3, 1, 1)];
    expect(Array.from(dw.depthwiseConv2d(x, filter).dataSync())).toEqual([9, 9, 9, 9]);
  });
`;
const required = (entry) => `const { load } = require('${entry}');\n${computes('load()')}`;
const imported = (entry) => `import { load } from '${entry}';\n${computes('load()')}`;
const modules = ['--experimental-vm-modules', '--no-warnings'];

describe('Jest runs a test', async () => {
  const consumer = await makeConsumer({ 'package.json': '{ "private": true }' });

  async function run(files, nodeArguments = []) {
    await consumer.write(files);
    const jest = '../node_modules/jest/bin/jest.js';
    await consumer.node(...nodeArguments, jest, '--testMatch', ...Object.keys(files).map((name) => `**/${name}`));
  }

  for (const environment of ['node', 'jsdom']) {
    test(`that requires the entries, in ${environment}`, async () => {
      await run({
        [`guide-${environment}.test.js`]: as(environment, guideTest),
        [`main-${environment}.test.js`]: as(environment, required('depthwise-wasm')),
        [`standalone-${environment}.test.js`]: as(environment, required('depthwise-wasm/standalone')),
      });
    });
  }

  test('that requires the plug-in for TensorFlow.js and its layers', async () => {
    const source = `
      const tf = require('@tensorflow/tfjs-core');
      const tfl = require('@tensorflow/tfjs-layers');
      require('@tensorflow/tfjs-backend-wasm');
      const { registerKernels } = require('depthwise-wasm/tfjs');
      const { layersFor } = require('depthwise-wasm/tfjs-layers');

      test('trains', async () => {
        await tf.setBackend('wasm');
        await registerKernels(tf);
        const layer = layersFor(tf, tfl).depthwiseConv2d({ kernelSize: 3, dilationRate: 2, inputShape: [8, 8, 2] });
        const model = tfl.sequential({ layers: [layer, tfl.layers.flatten(), tfl.layers.dense({ units: 1 })] });
        model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        const { history } = await model.fit(tf.ones([2, 8, 8, 2]), tf.ones([2, 1]), { epochs: 2, verbose: 0 });
        expect(history.loss.every(Number.isFinite)).toBe(true);
      });
    `;
    await run({ 'tfjs.test.js': as('node', source) });
  });

  test('that imports the entries, in node', async () => {
    const files = {
      'main.test.mjs': imported('depthwise-wasm'),
      'standalone.test.mjs': imported('depthwise-wasm/standalone'),
    };
    await run(files, modules);
  });

  test('that imports the entries, in jsdom, with the configuration in the guide for the main entry', async () => {
    await run({ 'standalone-jsdom.test.mjs': as('jsdom', imported('depthwise-wasm/standalone')) }, modules);
    const main = { 'main-jsdom.test.mjs': as('jsdom', imported('depthwise-wasm')) };
    await assert.rejects(run(main, modules), /fetch is not defined\. Pass wasmUrl/);
    await consumer.write({ 'jest.config.mjs': guideFile('Jest', 'jest.config.mjs') });
    await run(main, modules);
  });
});
