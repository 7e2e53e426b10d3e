// What npm would publish: the files, their sizes, and what the linters for packages say of them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { gzippedSize } from '../../scripts/download-sizes.js';
import { packedPackage } from '../../scripts/pack.js';
import { projectRoot } from '../../scripts/project-root.js';
import { importTool, makeConsumer } from './support/consumer.js';
import { guideFileNames } from './support/guide.js';

/** Four times two variants of 110 KB, which gzip halves, the standalone script, and little else. */
const MOST_PACKED = 360 * 1024;
const MOST_UNPACKED = 900 * 1024;
const MOST_STANDALONE_GZIPPED = 63 * 1024;

const { tarball, size, unpackedSize, files } = packedPackage();
const description = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
const consumer = await makeConsumer({}, { withTools: false });
const installed = join(consumer.folder, 'node_modules/depthwise-wasm');

describe('the files of the package', () => {
  const isUnder = (folder) => files.filter((path) => path.startsWith(folder));

  test('are those of js/ and dist/, the documentation, and the licence', () => {
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    const others = files.filter((path) => !/^(js|dist)\//.test(path) && !/^docs\/.*\.md$/.test(path));
    assert.deepEqual(
      others.sort(),
      documents.filter((name) => existsSync(join(projectRoot, name))),
    );
    assert.ok(files.includes('docs/guide/install.md') && files.includes('docs/layer.md'));
  });

  test('have of dist/ what is built for users', () => {
    assert.deepEqual(isUnder('dist/').sort(), [
      'dist/depthwise-tfjs.relaxed.wasm',
      'dist/depthwise-tfjs.wasm',
      'dist/depthwise.node.js',
      'dist/depthwise.relaxed.wasm',
      'dist/depthwise.standalone.js',
      'dist/depthwise.wasm',
      'dist/depthwise.web.js',
    ]);
  });

  test('have of js/ what an entry needs, and all of it', async () => {
    const entries = Object.values(description.exports).flatMap((target) =>
      typeof target === 'string' ? [] : Object.values(target),
    );
    const scripts = await filesOf(entries.filter((path) => path.endsWith('.js') && path.startsWith('./js/')));
    const types = typesFrom(entries.filter((path) => path.endsWith('.d.ts')).map((path) => path.slice(2)));
    const needed = [...scripts, ...types].filter((path) => path.startsWith('js/'));
    assert.deepEqual(isUnder('js/').sort(), [...new Set(needed)].sort());
  });

  test('are not many bytes', () => {
    assert.ok(size <= MOST_PACKED, `${size} bytes packed, ${MOST_PACKED} are allowed`);
    assert.ok(unpackedSize <= MOST_UNPACKED, `${unpackedSize} bytes unpacked, ${MOST_UNPACKED} are allowed`);
    const standalone = gzippedSize(readFileSync(join(installed, 'dist/depthwise.standalone.js')));
    assert.ok(standalone <= MOST_STANDALONE_GZIPPED, `${standalone} bytes, ${MOST_STANDALONE_GZIPPED} are allowed`);
    assert.ok(standalone > MOST_STANDALONE_GZIPPED / 2);
  });

  test('make no code from strings, wait for nothing when imported, and say what they are', () => {
    for (const path of files.filter((name) => name.endsWith('.js'))) {
      const source = readFileSync(join(installed, path), 'utf8');
      assert.doesNotMatch(source, /\bnew Function\b|\bFunction\(|\beval\(|\bsetTimeout\(\s*['"`]/, path);
      assert.doesNotMatch(source, /^(const .* = )?await /m, path);
    }
    for (const name of ['depthwise.node.js', 'depthwise.standalone.js', 'depthwise.web.js']) {
      assert.match(readFileSync(join(installed, 'dist', name), 'utf8'), /^\/\/ depthwise-wasm, Apache-2\.0/, name);
    }
  });

  test('have the documentation in the types', () => {
    for (const path of ['js/index.d.ts', 'js/standalone.d.ts', 'js/tfjs/index.d.ts', 'js/tfjs-layers/index.d.ts']) {
      assert.match(readFileSync(join(installed, path), 'utf8'), /^(\/\/\/.*\n\n)?\/\*\*/, path);
    }
  });
});

test('package.json names its entries types first and default last, and CDNs get the standalone script', () => {
  const { exports, unpkg, jsdelivr, sideEffects, type, dependencies } = description;
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    assert.equal(Object.keys(target)[0], 'types', name);
    assert.equal(Object.keys(target).at(-1), 'default', name);
  }
  assert.deepEqual([unpkg, jsdelivr], Array(2).fill(exports['./standalone'].default));
  assert.deepEqual([sideEffects, type, dependencies], [false, 'module', undefined]);
});

test('publint has nothing to say', async () => {
  const { publint } = await importTool('publint/src/index-node.js');
  const { formatMessage } = await importTool('publint/src/utils.js');
  const bytes = readFileSync(tarball);
  const archive = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: archive }, strict: true });
  assert.equal(pkg.name, 'depthwise-wasm');
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test('are-the-types-wrong finds nothing wrong', () => {
  // The profile passes over two ways of finding modules: that of CommonJS before Node could require a module (node.test.js and types.test.js
  // have that it can), and that of Node 10, which knows no exports. What ends in .wasm has no types.
  const wasm = Object.keys(description.exports).filter((name) => name.endsWith('.wasm'));
  const tool = join(projectRoot, 'tests/package/node_modules/.bin/attw');
  const args = [tarball, '--profile', 'esm-only', '--format', 'json', '--exclude-entrypoints', ...wasm];
  const { analysis, problems } = JSON.parse(execFileSync(tool, args, { encoding: 'utf8' }));
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), ['.', './standalone', './tfjs', './tfjs-layers']);
  const seen = Object.values(problems).flat();
  const passedOver = ['node10', 'node16-cjs'];
  assert.deepEqual(
    seen.filter(({ resolutionKind }) => !passedOver.includes(resolutionKind)),
    [],
  );
  for (const [name, { resolutions }] of Object.entries(analysis.entrypoints)) {
    for (const way of ['node16-esm', 'bundler']) {
      assert.ok(resolutions[way].resolution?.isTypeScript, `${name}, ${way}`);
    }
  }
});

test('the guide shows no file that these tests do not build or run', () => {
  assert.deepEqual(guideFileNames(), [
    ...[': sh', ': main.js', 'Node: main.js', 'Node: main.cjs', 'Node: bundled.js', 'Node: sh'],
    ...['TypeScript: main.ts', 'TypeScript: tsconfig.json'],
    ...['Vite: vite.config.js', 'webpack: webpack.config.js', 'Rollup: rollup.config.js'],
    ...['esbuild: main.js', 'esbuild: sh', 'esbuild: main.js', 'esbuild: main.js', 'esbuild: sh'],
    'Any other bundler: main.js',
    ...['A page without a bundler: index.html', 'A page without a bundler: index.html'],
    ...['Workers: main.js', 'Workers: worker.js'],
    'TensorFlow.js: main.js',
    'Content security policies: http',
  ]);
});

/** The files of the package that these files lead to, by esbuild. */
async function filesOf(entryPoints) {
  const { metafile } = await build({
    absWorkingDir: installed,
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir: 'nowhere',
    logLevel: 'error',
    loader: { '.wasm': 'empty' },
  });
  return Object.keys(metafile.inputs);
}

/** Declarations, and those that they import. */
function typesFrom(paths) {
  const found = new Set(paths);
  for (const path of found) {
    const source = readFileSync(join(installed, path), 'utf8');
    for (const [, other] of source.matchAll(/ from '(\..*)\.js';/g)) found.add(`${join(dirname(path), other)}.d.ts`);
  }
  return [...found];
}
