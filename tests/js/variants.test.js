// The two variants of the wasm: which one is loaded, what each engine is told, and what they have in common. That each computes what the
// definition says is for all other tests, which `npm test` runs on both.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import '../as-relaxed-simd.js';
import { fetchBytes } from '../../js/fetch-bytes.node.js';
import { makeRegisterKernels } from '../../js/tfjs/register.js';
import { freshLoad, wasmBytes, wasmUrls } from './support/another-module.js';
import { runInChild } from './support/child.js';
import { assertClose, assertSameBits } from './support/compare.js';
import { ACTIVATIONS } from './support/layer-arbitraries.js';
import { valuesFor } from './support/layer-witness.js';
import { tf } from './support/tfjs.js';

const VARIANTS = ['simd', 'relaxed-simd'];
const bytesOf = {
  load: Object.fromEntries(await Promise.all(VARIANTS.map(async (name) => [name, await wasmBytes(name)]))),
  registerKernels: {
    simd: await readFile(new URL('../../dist/depthwise-tfjs.wasm', import.meta.url)),
    'relaxed-simd': await readFile(new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url)),
  },
};
const noUrls = { simd: new URL('file:///nowhere'), 'relaxed-simd': new URL('file:///nowhere') };

/** Both functions that load a wasm, as if for the first time. */
const loaders = {
  load: (options) => freshLoad()(options),
  registerKernels: (options) => makeRegisterKernels({ wasmUrls: noUrls, fetchBytes })(tf, { kernels: [], ...options }),
};

const NO_RELAXED_SIMD =
  "this engine has no relaxed SIMD, which the variant 'relaxed-simd' needs. " +
  "Node 20 has it with --experimental-wasm-relaxed-simd, newer ones without; the variant 'simd' needs none";

for (const [wasm, bytes] of Object.entries(bytesOf)) {
  test(`one loader is right for both variants of the wasm of ${wasm}: their imports and exports are the same`, () => {
    const modules = VARIANTS.map((variant) => new WebAssembly.Module(bytes[variant]));
    for (const kind of ['imports', 'exports']) {
      const [plain, relaxed] = modules.map((module) => WebAssembly.Module[kind](module));
      assert.deepEqual(relaxed, plain);
    }
  });

  describe(`a wasm that is given to ${wasm}`, () => {
    const load = loaders[wasm];

    test('says itself which variant it is', async () => {
      for (const variant of VARIANTS) {
        assert.equal((await load({ wasmBinary: bytes[variant] })).variant, variant);
      }
      assert.equal((await load({ wasmBinary: bytes.simd, variant: 'simd' })).variant, 'simd');
    });

    test('must be of the variant that is asked for', async () => {
      await assert.rejects(load({ wasmBinary: bytes['relaxed-simd'], variant: 'simd' }), {
        message: new RegExp(
          `^Error in ${wasm}: wasmBinary could .*: it is the variant 'relaxed-simd', not 'simd' as asked for$`,
        ),
      });
    });
  });
}

test('a wasm that is given compiled says its variant too, and so does one at an address', async () => {
  for (const variant of VARIANTS) {
    const wasmModule = await WebAssembly.compile(bytesOf.load[variant]);
    assert.equal((await freshLoad()({ wasmModule })).variant, variant);
    assert.equal((await freshLoad()({ wasmUrl: wasmUrls[variant] })).variant, variant);
  }
});

describe('an engine', () => {
  const answersIn = (engine) =>
    JSON.parse(
      runInChild(
        `
        import { readFile } from 'node:fs/promises';
        import { freshLoad, wasmUrls } from './tests/js/support/another-module.js';
        import * as forNode from 'depthwise-wasm/tfjs';
        import { tf } from './tests/js/support/tfjs.js';
        const answer = (promise) => promise.then(({ variant }) => variant, ({ name, message }) => name + ': ' + message);
        const binary = { wasmBinary: await readFile(wasmUrls['relaxed-simd']) };
        const answers = [];
        for (const options of [{}, { variant: 'simd' }, { variant: 'relaxed-simd' }, binary]) {
          answers.push(await answer(freshLoad()(options)));
        }
        answers.push(await answer(forNode.registerKernels(tf, { variant: 'relaxed-simd' })));
        answers.push(await answer(forNode.registerKernels(tf)));
        console.log(JSON.stringify(answers));
        process.exit();
        `,
        { engine },
      ),
    );

  test('with relaxed SIMD gets it, but where it is told otherwise', () => {
    const relaxed = 'relaxed-simd';
    assert.deepEqual(answersIn('relaxed-simd'), [relaxed, 'simd', relaxed, relaxed, relaxed, relaxed]);
  });

  test('without relaxed SIMD gets the variant for all, and is told what the other needs', () => {
    const refusal = (name) => `Error: Error in ${name}: ${NO_RELAXED_SIMD}`;
    const [first, second, third, , fifth, sixth] = answersIn('simd');
    assert.deepEqual([first, second], ['simd', 'simd']);
    assert.deepEqual([third, fifth, sixth], [refusal('load'), refusal('registerKernels'), 'simd']);
  });

  test('that cannot compile the relaxed variant says why', (context) => {
    const [major] = process.versions.node.split('.');
    if (Number(major) > 20) return context.skip('this Node compiles it whatever it is told');
    assert.equal(answersIn('simd')[3], `Error: Error in load: ${NO_RELAXED_SIMD}`);
  });
});

describe('the variants give the same bits:', async () => {
  const both = await Promise.all(VARIANTS.map((variant) => freshLoad()({ wasmBinary: bytesOf.load[variant] })));

  /** What a layer with this configuration makes of both variants, as lists of tensors. */
  function assertAlike(config, run) {
    const [plain, relaxed] = both.map((dw) => {
      const layer = new dw.DepthwiseConv2D(config);
      const results = dw.tidy(() => run(layer).map(({ data, shape }) => ({ data: data.slice(), shape })));
      layer.dispose();
      return results;
    });
    plain.forEach((tensor, i) => assertSameBits(relaxed[i], tensor, JSON.stringify(config)));
    return plain;
  }

  const seed = 7;
  for (const className of [
    'randomUniform',
    'randomNormal',
    'truncatedNormal',
    'glorotNormal',
    'heUniform',
    'orthogonal',
  ]) {
    test(`weights by ${className}, with a seed`, () => {
      const depthwiseInitializer = { className, config: { seed } };
      const config = { kernelSize: 5, depthMultiplier: 3, depthwiseInitializer };
      const [weights] = assertAlike(config, (layer) => (layer.build([null, 9, 9, 7]), layer.getWeights()));
      assert.ok(new Set(weights.data).size > 500); // random
    });
  }

  for (const activation of Object.keys(ACTIVATIONS)) {
    test(`${activation} and its gradient`, () => {
      const config = { kernelSize: 1, activation, depthwiseInitializer: 'ones', useBias: false };
      const shape = [1, 16, 16, 7];
      const x = { data: valuesFor(shape).data.map((value, i) => value * (i % 3 ? 3 : 40)), shape };
      assertAlike(config, (layer) => {
        const y = layer.call(x, { training: true });
        return [y, layer.backward(valuesFor(shape)).dx];
      });
    });
  }
});

test('what convolutions give in one variant is near what they give in the other', async () => {
  const [plain, relaxed] = await Promise.all(
    VARIANTS.map(async (variant) => {
      const dw = await freshLoad()({ wasmBinary: bytesOf.load[variant] });
      const layer = new dw.DepthwiseConv2D({
        kernelSize: 5,
        depthwiseInitializer: { className: 'heNormal', config: { seed: 1 } },
      });
      const y = layer.call(valuesFor([2, 20, 20, 9]), { training: true });
      const { dx, gradients } = layer.backward(valuesFor(y.shape));
      return [y, dx, gradients.depthwise_kernel];
    }),
  );
  plain.forEach((tensor, i) => assertClose(relaxed[i], tensor, 'relaxed', 1e-6));
});
