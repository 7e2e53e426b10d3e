// Vitest, in each of its environments in Node.
import { describe, test } from 'node:test';
import { makeConsumer } from '../package/support/consumer.js';

const entries = ['depthwise-wasm', 'depthwise-wasm/standalone'];

describe('Vitest runs a test', async () => {
  const packages = { vitest: '^4.1.12', jsdom: '^29.1.1', 'happy-dom': '^21.0.4' };
  const consumer = await makeConsumer({}, { packages });

  for (const environment of ['node', 'jsdom', 'happy-dom']) {
    test(`in ${environment}`, async () => {
      const sources = entries.map(
        (entry) => `
          import { expect, test } from 'vitest';
          import { load } from '${entry}';

          test('computes', async () => {
            const dw = await load();
            const ones = (...shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape });
            const y = dw.depthwiseConv2d(ones(1, 4, 4, 1), ones(3, 3, 1, 1));
            expect(Array.from(y.dataSync())).toEqual([9, 9, 9, 9]);
          });
        `,
      );
      await consumer.write(Object.fromEntries(sources.map((source, i) => [`${i}.test.js`, source])));
      await consumer.node('node_modules/vitest/vitest.mjs', 'run', '--environment', environment);
    });
  }
});
