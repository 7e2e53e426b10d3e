// The installed package in Node: imported, required, bundled, and on a server that renders pages.
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
/** The flags with which this Node runs relaxed SIMD. */
const RELAXED = process.version.startsWith('v20.') ? ['--experimental-wasm-relaxed-simd'] : [];

test('npm installs no other package with it', () => {
  const names = readdirSync(join(consumer.folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(names, ['depthwise-wasm']);
});

test('the examples in the guide run: import and require', async () => {
  assert.match(await consumer.node('main.js'), /^(relaxed-)?simd\n$/);
  assert.match(await consumer.node('main.cjs'), /^(relaxed-)?simd\n$/);
});

const imported = `import { load } from 'depthwise-wasm'; const dw = await load();`;
for (const [title, source, options = []] of [
  ['imported', imported],
  ['imported, with relaxed SIMD', imported, RELAXED],
  [
    'required',
    `import { createRequire } from 'node:module'; const dw = await createRequire(import.meta.url)('depthwise-wasm').load();`,
  ],
  [
    'imported where code from strings is forbidden',
    `import assert from 'node:assert/strict'; assert.throws(() => new Function('return 1'), EvalError); ${imported}`,
    ['--disallow-code-generation-from-strings'],
  ],
  ['standalone', `import { load } from 'depthwise-wasm/standalone'; const dw = await load();`],
  [
    'with the address of its file',
    `import { load } from 'depthwise-wasm'; const dw = await load({ wasmUrl: import.meta.resolve('depthwise-wasm/depthwise.wasm') });`,
  ],
  [
    'as the entry for browsers and edges, with bytes',
    `import { readFile } from 'node:fs/promises';
     import { load } from './${installed}/js/index.js';
     const dw = await load({ wasmBinary: await readFile('./${installed}/dist/depthwise.wasm') });`,
  ],
  [
    'as the entry for browsers and edges, with a module that the platform has compiled',
    `import { readFile } from 'node:fs/promises';
     import { load } from './${installed}/js/index.js';
     const wasmModule = await WebAssembly.compile(await readFile('./${installed}/dist/depthwise.wasm'));
     WebAssembly.compile = () => Promise.reject(new Error('no'));
     const dw = await load({ wasmModule });`,
  ],
]) {
  test(`the package computes: ${title}`, async () => {
    const reports = `import { reportOn } from './report-on.js';\nconsole.log(JSON.stringify(reportOn(dw)));\n`;
    const report = JSON.parse(
      await consumer.node(...options, '--input-type=module', '--eval', `${source}\n${reports}`),
    );
    assertComputes(report);
    if (options === RELAXED) assert.equal(report.variant, 'relaxed-simd');
  });
}

test('each wasm file has a name in the package', async () => {
  for (const name of ['depthwise', 'depthwise.relaxed', 'depthwise-tfjs', 'depthwise-tfjs.relaxed']) {
    const source = `process.stdout.write(require.resolve('depthwise-wasm/${name}.wasm'))`;
    const path = await consumer.node('--eval', source);
    assert.ok(path.endsWith(join(installed, `dist/${name}.wasm`)), path);
  }
});

describe('a bundle for Node runs', async () => {
  const files = { 'main.js': guideFile('Node', 'main.js'), 'bundled.js': guideFile('Node', 'bundled.js') };
  const bundled = await makeConsumer(files);

  test('from webpack, with the wasm files next to it', async () => {
    const output = { path: join(bundled.folder, 'webpacked'), filename: 'main.mjs', module: true };
    const config = { mode: 'development', devtool: false, target: 'node20', entry: './main.js', output };
    const text = JSON.stringify({ ...config, experiments: { outputModule: true } });
    await bundled.write({ 'webpack.config.js': `export default ${text};` });
    await bundled.tool('webpack', 'build');
    // Those of `load`, and those that it reads for several threads.
    assert.equal(readdirSync(output.path).filter((name) => name.endsWith('.wasm')).length, 4);
    assert.match(await bundled.node('webpacked/main.mjs'), /^(relaxed-)?simd\n$/);
  });

  test('from esbuild, without the package', async () => {
    const options = ['--bundle', '--platform=node', '--format=esm', '--packages=external', '--outfile=out/main.js'];
    await bundled.tool('esbuild', 'main.js', ...options);
    assert.match(await bundled.node('out/main.js'), /^(relaxed-)?simd\n$/);
  });

  test('from esbuild as CommonJS, with the wasm in it, as a function of AWS Lambda', async () => {
    await bundled.write({ 'load.js': guideFile('AWS Lambda', 'load.js') });
    await bundled.tool(...guideCommand('AWS Lambda'), '--out-extension:.js=.cjs', '--log-level=error');
    const call = "require('./dist/load.cjs').handler().then(({ variant }) => console.log(variant))";
    await bundled.write({ 'call.cjs': call });
    assert.equal(await bundled.node('call.cjs'), 'simd\n');
  });

  test('from esbuild as CommonJS, with the standalone script', async () => {
    await bundled.tool(...guideCommand('Node'));
    assert.equal(await bundled.node('dist/bundled.cjs'), 'simd\n');
  });
});

test('importing any entry touches no global object and no file, as on a server that renders pages', async () => {
  for (const entry of [
    ...['depthwise-wasm', 'depthwise-wasm/tfjs', 'depthwise-wasm/tfjs-layers', 'depthwise-wasm/standalone'],
    ...[`./${installed}/js/index.js`, `./${installed}/js/tfjs/index.js`], // the entries for browsers
  ]) {
    assert.equal(await consumer.node('untouched.js', entry), 'untouched\n', entry);
  }
  await consumer.write({
    'touches.js': 'typeof fetch',
    'reads.js': "import { readFile } from 'node:fs/promises'; await readFile('package.json');",
  });
  await assert.rejects(consumer.node('untouched.js', './touches.js'), /touched: fetch/);
  await assert.rejects(consumer.node('untouched.js', './reads.js'), /touched: readFile/);
});
