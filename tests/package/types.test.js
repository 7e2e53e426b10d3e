// The types of the installed package: every entry, with each module resolution, strictly, and without skipLibCheck unless the types of
// TensorFlow.js need it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeConsumer } from './support/consumer.js';
import { guideFile } from './support/guide.js';

const entries = `
import { load, Tensor, type Depthwise, type Variant } from 'depthwise-wasm';
import { load as loadStandalone } from 'depthwise-wasm/standalone';
import { registerKernels, type Registration } from 'depthwise-wasm/tfjs';
import { layersFor, type LayersNamespace } from 'depthwise-wasm/tfjs-layers';

export async function run(tf: unknown, namespace: LayersNamespace): Promise<Variant> {
  const dw: Depthwise = await load({ variant: 'simd' });
  const same: Depthwise = await loadStandalone();
  using x: Tensor = dw.tensor(new Float32Array(4), [1, 2, 2, 1]);
  using y = same.depthwiseConv2d(x, { data: new Float32Array(1), shape: [1, 1, 1, 1] });
  const registration: Registration = await registerKernels(tf);
  layersFor(tf, namespace).depthwiseConv2d({ kernelSize: y.size });
  // @ts-expect-error there is no such variant
  await load({ variant: 'avx' });
  return registration.variant;
}
`;
const withTfjs = `
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

await registerKernels(tf, { backend: 'wasm' });
const { depthwiseConv2d } = layersFor(tf, tfl);
export const model: tfl.Sequential = tfl.sequential({ layers: [depthwiseConv2d({ kernelSize: 3, inputShape: [9, 9, 3] })] });
// @ts-expect-error kernelSize is required
depthwiseConv2d({ dilationRate: 2 });
`;

const required = `
import depthwise = require('depthwise-wasm');
import standalone = require('depthwise-wasm/standalone');
import { registerKernels, type Registration } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

export const loading: Promise<depthwise.Depthwise>[] = [depthwise.load({ variant: 'simd' }), standalone.load()];
export const isTensor = (value: unknown): value is depthwise.Tensor => value instanceof depthwise.Tensor;
export const registering: Promise<Registration> = registerKernels({});
export const names: (keyof ReturnType<typeof layersFor>)[] = ['depthwiseConv2d'];
// @ts-expect-error there is no such variant
void depthwise.load({ variant: 'avx' });
`;

const strict = {
  ...{ target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true, skipLibCheck: false, noEmit: true },
  ...{ exactOptionalPropertyTypes: true, verbatimModuleSyntax: true },
};
const resolutions = {
  bundler: { ...strict, module: 'esnext', moduleResolution: 'bundler' },
  node16: { ...strict, module: 'node16', moduleResolution: 'node16' },
  nodenext: { ...strict, module: 'nodenext', moduleResolution: 'nodenext' },
  'nodenext without the DOM': {
    ...{ ...strict, module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022'], types: ['node'] },
  },
};
const config = (compilerOptions, files) => JSON.stringify({ compilerOptions, files });

/** The TypeScripts of tests/package: the last one that is written in JavaScript, and the first one that is not. */
const compilers = { 'TypeScript 5': 'typescript/bin/tsc', 'TypeScript 7': 'typescript-7/bin/tsc' };

/** TypeScript 5 is ten times slower, so it tests only the two resolutions that differ most. */
const resolutionsOf = (compiler) => (compiler === 'TypeScript 5' ? ['bundler', 'nodenext'] : Object.keys(resolutions));

describe('types', async () => {
  const consumer = await makeConsumer({ 'main.ts': entries, 'with-tfjs.ts': withTfjs });

  const compile = (compiler, project = 'tsconfig.json') =>
    consumer.node(`../node_modules/${compilers[compiler]}`, '--project', project);

  for (const compiler of Object.keys(compilers)) {
    for (const resolution of resolutionsOf(compiler)) {
      const options = resolutions[resolution];
      test(`of all entries compile with ${resolution} in ${compiler}, with and without TensorFlow.js`, async () => {
        const noTfjs = { ...options, paths: { '@tensorflow/*': ['./nowhere/*'] } };
        await consumer.write({ 'tsconfig.json': config(noTfjs, ['main.ts']) });
        await compile(compiler);
        // The types of tfjs need skipLibCheck.
        await consumer.write({ 'tsconfig.json': config({ ...options, skipLibCheck: true }, ['with-tfjs.ts']) });
        await compile(compiler);
      });
    }
  }

  test('of the example in the guide compile, and the example runs', async () => {
    await consumer.write({
      'guide/main.ts': guideFile('TypeScript', 'main.ts'),
      'guide/tsconfig.json': guideFile('TypeScript', 'tsconfig.json'),
      'guide/package.json': '{ "type": "module" }',
    });
    await compile('TypeScript 5', 'guide/tsconfig.json');
    assert.equal(await consumer.node('guide/main.js'), '[ 1, 2, 2, 1 ]\n');
  });

  for (const compiler of Object.keys(compilers)) {
    for (const resolution of ['node16', 'nodenext']) {
      test(`of all entries as CommonJS compile with ${resolution} in ${compiler}`, async () => {
        const ofModule = `import type { Tensor } from 'depthwise-wasm' with { 'resolution-mode': 'import' };
export const same: Tensor = new Object() as depthwise.Tensor;
`;
        const options = { ...resolutions[resolution], verbatimModuleSyntax: false };
        const files = { 'required.cts': required + ofModule, 'tsconfig.json': config(options, ['required.cts']) };
        await consumer.write(files);
        await compile(compiler);
      });
    }
  }

  test('of all entries compile for CommonJS without exports, the default of TypeScript 5', async () => {
    const options = { ...strict, module: 'commonjs', moduleResolution: 'node10', verbatimModuleSyntax: false };
    await consumer.write({ 'required.ts': required, 'tsconfig.json': config(options, ['required.ts']) });
    await compile('TypeScript 5');
  });

  test('reject a mistake', async () => {
    const source = "import { load } from 'depthwise-wasm';\n(await load()).tensor([1], [1]);\n";
    await consumer.write({ 'wrong.ts': source, 'tsconfig.json': config(resolutions.bundler, ['wrong.ts']) });
    await assert.rejects(compile('TypeScript 5'), /Argument of type 'number\[\]' is not assignable/);
  });
});
