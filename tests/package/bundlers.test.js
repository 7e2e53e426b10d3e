// Each bundler, configured as in docs/guide/install.md, builds a page that runs in a browser with a strict policy.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, playEngineWithoutRelaxedSimd, REPORTS, visitFolder } from './support/consumer-page.js';
import { guideCommand, guideFile } from './support/guide.js';

const reportOn = await fixture('report-on.js');
const main = guideFile('', 'main.js') + REPORTS;
const startReports = `
import { reportOn } from './report-on.js';
function start(dw) {
  globalThis.report = reportOn(dw);
}
`;
const guideMain = (heading, which) => guideFile(heading, 'main.js', which);
const page = { 'dist/index.html': pageWith('main.js') };

/** The wasm files that a bundler which keeps names emits: those of `load`, and those that it fetches for several threads. */
const NAMED = ['', '-tfjs', '-tfjs.relaxed', '.relaxed'].map(
  (suffix) => new RegExp(`^assets/depthwise${suffix.replace('.', '\\.')}-[\\w-]+\\.wasm$`),
);

/** The files, the command, the wasm files that the bundler emits, and the one that an engine with or without relaxed SIMD fetches. */
const consumers = {
  Vite: {
    files: { 'index.html': pageWith('/main.js'), 'main.js': main },
    build: ['vite', 'build'],
    emits: NAMED,
    fetches: {
      'relaxed-simd': /^\/assets\/depthwise\.relaxed-[\w-]+\.wasm$/,
      simd: /^\/assets\/depthwise-[\w-]+\.wasm$/,
    },
  },
  webpack: {
    files: { ...page, 'main.js': main, 'webpack.config.js': guideFile('webpack', 'webpack.config.js') },
    build: ['webpack', 'build'],
    emits: Array(4).fill(/^[0-9a-f]{20}\.wasm$/),
    fetches: { 'relaxed-simd': /^\/[0-9a-f]{20}\.wasm$/, simd: /^\/[0-9a-f]{20}\.wasm$/ },
  },
  Rollup: {
    files: { ...page, 'main.js': main, 'rollup.config.js': guideFile('Rollup', 'rollup.config.js') },
    build: ['rollup', '--config', '--silent'],
    emits: NAMED,
    fetches: {
      'relaxed-simd': /^\/assets\/depthwise\.relaxed-[\w-]+\.wasm$/,
      simd: /^\/assets\/depthwise-[\w-]+\.wasm$/,
    },
  },
  'esbuild, with the loader file': {
    files: { ...page, 'main.js': guideMain('esbuild', 0) + REPORTS },
    build: guideCommand('esbuild', 0),
    emits: [/^depthwise-\w+\.wasm$/],
    fetches: { simd: /^\/depthwise-\w+\.wasm$/ },
  },
  'esbuild, with the loader file and both variants': {
    files: { ...page, 'main.js': guideMain('esbuild', 1) + REPORTS },
    build: guideCommand('esbuild', 0),
    emits: [/^depthwise-\w+\.wasm$/, /^depthwise\.relaxed-\w+\.wasm$/],
    fetches: { 'relaxed-simd': /^\/depthwise\.relaxed-\w+\.wasm$/, simd: /^\/depthwise-\w+\.wasm$/ },
  },
  'esbuild, with the loader binary and a classic script': {
    files: {
      'dist/index.html': pageWith('main.js', { isModule: false }),
      'main.js': guideMain('esbuild', 2) + startReports,
    },
    build: guideCommand('esbuild', 1),
    emits: [],
    fetches: { simd: undefined },
  },
  'a bundler without support for files, with the standalone script': {
    files: { ...page, 'main.js': guideMain('Any other bundler') + REPORTS },
    build: ['esbuild', 'main.js', '--bundle', '--format=esm', '--outdir=dist'],
    emits: [],
    fetches: { simd: undefined },
  },
};

describe('a page runs that is built by', () => {
  const browser = sharedBrowser('Chromium');

  for (const [title, { files, build, emits, fetches }] of Object.entries(consumers)) {
    test(title, async () => {
      const consumer = await makeConsumer({ ...files, 'report-on.js': reportOn });
      await consumer.tool(...build);
      const dist = join(consumer.folder, 'dist');
      const emitted = readdirSync(dist, { recursive: true })
        .filter((name) => name.endsWith('.wasm'))
        .sort();
      assert.equal(emitted.length, emits.length, `${emitted}`);
      emits.forEach((pattern, i) => assert.match(emitted[i], pattern));

      for (const [variant, pattern] of Object.entries(fetches)) {
        const isOfOlderEngine = variant === 'simd' && 'relaxed-simd' in fetches;
        const before = isOfOlderEngine ? playEngineWithoutRelaxedSimd : undefined;
        const { report, wasmRequests, elsewhere, complaints } = await visitFolder(await browser(), dist, { before });
        assertComputes(report);
        assert.deepEqual([report.variant, report.tensorsLeft], [variant, 0]);
        assert.equal(wasmRequests.length, pattern ? 1 : 0, `${wasmRequests}`);
        if (pattern) assert.match(wasmRequests[0], pattern);
        assert.deepEqual([elsewhere, complaints], [[], []]);
      }
    });
  }

  // The other bundlers do not bundle the script of the workers: docs/guide/threads.md.
  for (const title of ['Vite', 'webpack']) {
    test(`${title}, and computes on two threads if it is isolated`, async () => {
      const { files, build } = consumers[title];
      const consumer = await makeConsumer({ ...files, 'main.js': await fixture('report-on-threads.js') });
      await consumer.tool(...build);
      const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
      const visited = await visitFolder(await browser(), join(consumer.folder, 'dist'), { headers });
      assert.deepEqual(visited.report, { threads: { count: 2, reason: 'as wanted' }, areRight: true });
      assert.equal(visited.wasmRequests.length, 2);
      assert.deepEqual([visited.elsewhere, visited.complaints], [[], []]);
    });
  }
});
