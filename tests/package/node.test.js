// The installed package in Node: imported, required, on a server that renders pages, and as the entries for browsers are there.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture } from './support/consumer-page.js';
import { guideCommand, guideFile } from './support/guide.js';

const consumer = await makeConsumer(
  {
    'main.js': guideFile('Node', 'main.js'),
    'main.cjs': guideFile('Node', 'main.cjs'),
    'report-on.js': await fixture('report-on.js'),
    'untouched.js': await fixture('untouched.js'),
  },
  { withTools: false },
);
const installed = 'node_modules/depthwise-wasm';
/** What makes Node have relaxed SIMD, if it does not by itself. */
const RELAXED = process.version.startsWith('v20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/** What a module computes whose source leaves a loaded package as `dw`, in the project. */
async function reportOf(source, options = []) {
  const reports = `import { reportOn } from './report-on.js';\nconsole.log(JSON.stringify(reportOn(dw)));\n`;
  return JSON.parse(await consumer.node(...options, '--input-type=module', '--eval', `${source}\n${reports}`));
}

test('nothing else has been installed with it', () => {
  assert.deepEqual(
    readdirSync(join(consumer.folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['depthwise-wasm'],
  );
});

test('the examples in the guide run: import and require', async () => {
  assert.match(await consumer.node('main.js'), /^(relaxed-)?simd\n$/);
  assert.match(await consumer.node('main.cjs'), /^(relaxed-)?simd\n$/);
});

for (const [title, source, options] of [
  ['imported', `import { load } from 'depthwise-wasm'; const dw = await load();`],
  ['imported, with relaxed SIMD', `import { load } from 'depthwise-wasm'; const dw = await load();`, RELAXED],
  [
    'required',
    `import { createRequire } from 'node:module';
     const dw = await createRequire(import.meta.url)('depthwise-wasm').load();`,
  ],
  ['standalone', `import { load } from 'depthwise-wasm/standalone'; const dw = await load();`],
  [
    'given the file by its name in the package',
    `import { load } from 'depthwise-wasm'; const dw = await load({ wasmUrl: import.meta.resolve('depthwise-wasm/depthwise.wasm') });`,
  ],
  [
    'given bytes, the entry for browsers and edges',
    `import { readFile } from 'node:fs/promises';
     import { load } from './${installed}/js/index.js';
     const dw = await load({ wasmBinary: await readFile('./${installed}/dist/depthwise.wasm') });`,
  ],
  [
    'given a module that the platform has compiled, where bytes may not be',
    `import { readFile } from 'node:fs/promises';
     import { load } from './${installed}/js/index.js';
     const wasmModule = await WebAssembly.compile(await readFile('./${installed}/dist/depthwise.wasm'));
     WebAssembly.compile = () => Promise.reject(new Error('no'));
     const dw = await load({ wasmModule });`,
  ],
]) {
  test(`it computes: ${title}`, async () => {
    const report = await reportOf(source, options);
    assertComputes(report);
    if (options === RELAXED) assert.equal(report.variant, 'relaxed-simd');
  });
}

test('each name of a wasm in the package is a file', async () => {
  const names = ['depthwise', 'depthwise.relaxed', 'depthwise-tfjs', 'depthwise-tfjs.relaxed'];
  for (const name of names) {
    const source = `process.stdout.write(require.resolve('depthwise-wasm/${name}.wasm'))`;
    const path = await consumer.node('--eval', source);
    assert.ok(path.endsWith(join(installed, `dist/${name}.wasm`)), path);
  }
});

describe('a bundle for Node runs:', async () => {
  const main = guideFile('Node', 'main.js');
  const bundled = await makeConsumer({ 'main.js': main, 'bundled.js': guideFile('Node', 'bundled.js') });

  test('of webpack, with the wasm beside it', async () => {
    const output = { path: join(bundled.folder, 'webpacked'), filename: 'main.mjs', module: true };
    const config = {
      mode: 'development',
      devtool: false,
      target: 'node20',
      entry: './main.js',
      output,
      experiments: { outputModule: true },
    };
    await bundled.write({ 'webpack.config.js': `export default ${JSON.stringify(config)};` });
    await bundled.tool('webpack', 'build');
    assert.equal(readdirSync(output.path).filter((name) => name.endsWith('.wasm')).length, 2);
    assert.match(await bundled.node('webpacked/main.mjs'), /^(relaxed-)?simd\n$/);
  });

  test('of esbuild, with the package left out', async () => {
    await bundled.tool(
      'esbuild',
      'main.js',
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--packages=external',
      '--outfile=out/main.js',
    );
    assert.match(await bundled.node('out/main.js'), /^(relaxed-)?simd\n$/);
  });

  test('of esbuild as CommonJS, with the standalone script', async () => {
    await bundled.tool(...guideCommand('Node'));
    assert.equal(await bundled.node('dist/bundled.cjs'), 'simd\n');
  });
});

describe('on a server that renders pages, importing touches nothing:', () => {
  // Those that Node takes by name, and those that a server's bundle takes when it was made for browsers.
  const entries = {
    'depthwise-wasm': 'depthwise-wasm',
    'depthwise-wasm/tfjs': 'depthwise-wasm/tfjs',
    'depthwise-wasm/tfjs-layers': 'depthwise-wasm/tfjs-layers',
    'depthwise-wasm/standalone': 'depthwise-wasm/standalone',
    'depthwise-wasm for browsers': `./${installed}/js/index.js`,
    'depthwise-wasm/tfjs for browsers': `./${installed}/js/tfjs/index.js`,
  };
  for (const [title, entry] of Object.entries(entries)) {
    test(title, async () => {
      assert.equal(await consumer.node('untouched.js', entry), 'untouched\n');
    });
  }

  test('and the test hears of what is touched', async () => {
    await consumer.write({
      'touches.js': 'typeof fetch',
      'reads.js': "import { readFile } from 'node:fs/promises'; await readFile('package.json');",
    });
    await assert.rejects(consumer.node('untouched.js', './touches.js'), /touched: fetch/);
    await assert.rejects(consumer.node('untouched.js', './reads.js'), /touched: readFile/);
  });
});
