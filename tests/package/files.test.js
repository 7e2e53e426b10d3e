// The package that npm would publish: its files, its sizes, and the linters for packages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, readdir, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { packedPackage, packedParts } from '../../scripts/pack.js';
import { projectRoot } from '../../scripts/project-root.js';
import { importTool, makeConsumer } from './support/consumer.js';

/**
 * Two wasm modules in two variants, the standalone script, the kernels for TensorFlow.js in JavaScript, and little else. The CommonJS entries
 * take 50 KiB packed and 170 KiB unpacked.
 */
const MAX_PACKED = 590 * 1024;
const MAX_UNPACKED = 1680 * 1024;

const { tarball, size, unpackedSize, files } = packedPackage();
const description = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
const consumer = await makeConsumer({}, { withTools: false });
const installed = join(consumer.folder, 'node_modules/depthwise-wasm');
const read = (path) => readFileSync(join(installed, path), 'utf8');

/** The files of dist/ that the compiler of the wasm does not write. */
const generatedFiles = readdirSync(join(projectRoot, 'dist')).filter((name) => !/\.wasm$|(web|node)\.js$/.test(name));

test('the package contains js/, dist/, the documentation and the licence, and nothing else', async () => {
  const others = files.filter((path) => !/^(js|dist)\//.test(path) && !/^docs\/.*\.md$/.test(path));
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
  assert.deepEqual(
    others.sort(),
    documents.filter((name) => existsSync(join(projectRoot, name))),
  );
  assert.ok(files.includes('docs/guide/install.md') && files.includes('docs/layer.md'));
  const dist = files.filter((path) => path.startsWith('dist/')).sort();
  assert.deepEqual(dist, [
    ...['dist/depthwise-tfjs-layers.cjs', 'dist/depthwise-tfjs-layers.d.cts'],
    ...['dist/depthwise-tfjs.cjs', 'dist/depthwise-tfjs.d.cts'],
    ...['dist/depthwise-tfjs.relaxed.wasm', 'dist/depthwise-tfjs.wasm'],
    ...['dist/depthwise.cjs', 'dist/depthwise.d.cts', 'dist/depthwise.node.js'],
    ...['dist/depthwise.relaxed.wasm', 'dist/depthwise.standalone.js', 'dist/depthwise.wasm', 'dist/depthwise.web.js'],
  ]);
  assert.ok(size <= MAX_PACKED, `${size} bytes packed, the limit is ${MAX_PACKED}`);
  assert.ok(unpackedSize <= MAX_UNPACKED, `${unpackedSize} bytes unpacked, the limit is ${MAX_UNPACKED}`);
});

test('the same files in another folder, with other times and modes, give the same package byte for byte', async () => {
  const other = await makeConsumer({}, { withTools: false });
  for (const part of [...packedParts, 'scripts', 'tsconfig.json']) await other.copy(join(projectRoot, part), part);
  await other.remove('node_modules');
  await symlink(join(projectRoot, 'node_modules'), join(other.folder, 'node_modules'));
  for (const entry of await readdir(other.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('node_modules')) continue;
    await chmod(join(entry.parentPath, entry.name), 0o600);
    await utimes(join(entry.parentPath, entry.name), 1e9, 1e9);
  }
  // The generated files must not depend on the folder either. The compiler of the wasm needs minutes; the release workflow packs twice.
  await Promise.all(generatedFiles.map((name) => other.remove(`dist/${name}`)));
  await other.write({
    'pack.js': `
      import { buildTasks } from './scripts/build-tasks.js';
      import { packedPackage, packPackage } from './scripts/pack.js';
      import { runTasks } from './scripts/run-tasks.js';
      const standalone = { ...buildTasks().standalone, needs: [] };
      await runTasks({ standalone, pack: { title: 'pack', needs: ['standalone'], work: packPackage } }, ['pack']);
      console.log(packedPackage().tarball);
    `,
  });
  const packed = (await other.node('pack.js')).trim();
  assert.ok(packed.startsWith(other.folder), packed);
  assert.ok(readFileSync(packed).equals(readFileSync(tarball)), `${packed} differs from ${tarball}`);
});

test('the package contains exactly the files of js/ that its entries need', async () => {
  const targetsOf = (target) => (typeof target === 'string' ? [target] : Object.values(target).flatMap(targetsOf));
  const targets = [...new Set(targetsOf(description.exports))];
  // Workers start with scripts that no entry imports.
  const workers = ['./js/threads/worker.js', './js/threads/worker.node.js'];
  const entryPoints = [...targets.filter((path) => path.endsWith('.js') && path.startsWith('./js/')), ...workers];
  const { metafile } = await build({
    ...{ absWorkingDir: installed, entryPoints, bundle: true, write: false, metafile: true, format: 'esm' },
    ...{ platform: 'node', outdir: 'nowhere', logLevel: 'error', loader: { '.wasm': 'empty' } },
  });
  const needed = new Set(Object.keys(metafile.inputs).filter((path) => path.startsWith('js/')));
  for (const path of targets) if (path.endsWith('.d.ts')) needed.add(path.slice(2));
  for (const path of needed) {
    if (!path.endsWith('.d.ts')) continue;
    for (const [, other] of read(path).matchAll(/ from '(\..*)\.js';/g)) {
      needed.add(`${join(dirname(path), other)}.d.ts`);
    }
  }
  const packed = files.filter((path) => path.startsWith('js/'));
  assert.deepEqual(packed.sort(), [...needed].sort());
});

test('the scripts create no code from strings and await nothing when they are imported', () => {
  for (const path of files.filter((name) => /\.c?js$/.test(name))) {
    assert.doesNotMatch(read(path), /\bnew Function\b|\bFunction\(|\beval\(|\bsetTimeout\(\s*['"`]/, path);
    assert.doesNotMatch(read(path), /^(const .* = )?await /m, path);
    if (path.startsWith('dist/')) assert.match(read(path), /^\/\/ depthwise-wasm, Apache-2\.0/, path);
  }
  assert.doesNotMatch(read('dist/depthwise.web.js'), /node:|require\(/);
  for (const path of ['js/index.d.ts', 'js/standalone.d.ts', 'js/tfjs/index.d.ts', 'js/tfjs-layers/index.d.ts']) {
    assert.match(read(path), /^(\/\/\/.*\n\n)?\/\*\*/, `${path} begins with its documentation`);
  }
});

test('package.json lists types first, CommonJS after modules and default last, and gives CDNs the standalone script', () => {
  const { exports, main, module, unpkg, jsdelivr, sideEffects, type, dependencies } = description;
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    const order = ['types', 'node', 'module', 'module-sync', 'require', 'default'];
    for (const keys of [Object.keys(target), Object.keys(target.node ?? {})]) {
      assert.deepEqual(
        keys,
        order.filter((key) => keys.includes(key)),
        name,
      );
    }
  }
  assert.deepEqual([main, module], [exports['.'].require, exports['.'].default]);
  assert.deepEqual([unpkg, jsdelivr], Array(2).fill(exports['./standalone'].default));
  assert.deepEqual([sideEffects, type, dependencies], [false, 'module', undefined]);
});

test('publint finds no problem', async () => {
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

test('are-the-types-wrong finds no problem', () => {
  // A .wasm file has no types.
  const wasm = Object.keys(description.exports).filter((name) => name.endsWith('.wasm'));
  const tool = join(projectRoot, 'tests/package/node_modules/.bin/attw');
  const args = [tarball, '--format', 'json', '--exclude-entrypoints', ...wasm];
  const { analysis, problems } = JSON.parse(execFileSync(tool, args, { encoding: 'utf8' }));
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), ['.', './standalone', './tfjs', './tfjs-layers']);
  assert.deepEqual(problems, {});
});
