// What pages with strict policies, bundlers and server-side rendering expect of a package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';

const read = (path) => readFileSync(join(projectRoot, path), 'utf8');

const COMPUTE = `
  const x = { data: new Float32Array([1, 2, 3, 4]), shape: [1, 2, 2, 1] };
  const y = dw.depthwiseConv2d(x, { data: new Float32Array([1, 10]), shape: [1, 2, 1, 1] });
  console.log([...y.data].join());
  try {
    dw.depthwiseConv2d(x, x, 0);
  } catch (error) {
    console.log(error.message.slice(0, 24));
  }
`;
const COMPUTED = '21,43\nError in depthwiseConv2d\n';

test('no code is made from strings: it computes where the engine forbids that', () => {
  for (const path of ['dist/depthwise.web.js', 'dist/depthwise.node.js']) {
    assert.doesNotMatch(read(path), /new Function|\beval\(/, path);
  }
  const source = `
    import assert from 'node:assert/strict';
    import { load } from 'depthwise-wasm';
    assert.throws(() => new Function('return 1'), EvalError);
    const dw = await load();
    ${COMPUTE}
  `;
  assert.equal(runInChild(source, { nodeArguments: ['--disallow-code-generation-from-strings'] }), COMPUTED);
});

test('the loader for the web names no module of Node', () => {
  assert.doesNotMatch(read('dist/depthwise.web.js'), /node:|require\(/);
  assert.match(read('dist/depthwise.node.js'), /node:|require\(/);
});

test('bundlers find the wasm: the URLs of both variants are written out', () => {
  for (const path of ['js/index.js', 'js/index.node.js']) {
    for (const name of ['depthwise.wasm', 'depthwise.relaxed.wasm']) {
      assert.ok(read(path).includes(`new URL('../dist/${name}', import.meta.url)`), `${path}: ${name}`);
    }
  }
  for (const path of ['js/tfjs/index.js', 'js/tfjs/index.node.js']) {
    for (const name of ['depthwise-tfjs.wasm', 'depthwise-tfjs.relaxed.wasm']) {
      assert.ok(read(path).includes(`new URL('../../dist/${name}', import.meta.url)`), `${path}: ${name}`);
    }
  }
});

for (const entry of ['depthwise-wasm', './js/index.js']) {
  test(`importing ${entry} touches nothing; load does`, () => {
    const source = `
      import fs from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      const touched = [];
      const watch = (owner, name) => {
        const original = owner[name];
        owner[name] = (...args) => {
          const isOther = name === 'readFile' && !String(args[0]).endsWith('.wasm'); // Node reads the modules with it
          if (!isOther) touched.push(name);
          return original.apply(owner, args);
        };
      };
      for (const name of ['compile', 'instantiate', 'validate', 'compileStreaming', 'instantiateStreaming']) {
        watch(WebAssembly, name);
      }
      const { readFile } = fs;
      globalThis.fetch = async (url) => ({ ok: true, arrayBuffer: () => readFile(url) });
      watch(fs, 'readFile');
      watch(globalThis, 'fetch');
      syncBuiltinESMExports();
      const names = () => Object.getOwnPropertyNames(globalThis).join();
      const before = names();
      const { load } = await import('${entry}');
      console.log(touched.length, names() === before);
      const dw = await load();
      console.log(dw.variant, touched.join());
      ${COMPUTE}
    `;
    const read = entry === 'depthwise-wasm' ? 'readFile' : 'fetch';
    for (const [engine, probes] of [
      ['relaxed-simd', 'validate'],
      ['simd', 'validate,validate'],
    ]) {
      const touched = `${engine} ${probes},${read},compile,instantiate`;
      assert.equal(runInChild(source, { engine }), `0 true\n${touched}\n${COMPUTED}`);
    }
  });
}

test('a process that has loaded and computed ends by itself', () => {
  runInChild(`
    import { load } from 'depthwise-wasm';
    const dw = await load();
    dw.tensor(new Float32Array(1), [1]);
  `);
});

test('the package can be required, by a Node that can require modules', (context) => {
  if (!process.features.require_module) return context.skip('this Node cannot');
  const source = `
    import { createRequire } from 'node:module';
    const { load } = createRequire(import.meta.url)('depthwise-wasm');
    const dw = await load();
    ${COMPUTE}
  `;
  assert.equal(runInChild(source), COMPUTED);
});
