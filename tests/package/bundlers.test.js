// Each bundler, as docs/guide/install.md configures it, makes of the installed package what runs in a browser under a strict policy.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserOfSuite } from '../browser/support/browsers.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, REPORTS, visitFolder } from './support/consumer-page.js';
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

/** Its files, how it is built, and the files of wasm that come out of it, with that which Chromium fetches. */
const consumers = {
  Vite: {
    files: { 'index.html': pageWith('/main.js'), 'main.js': main },
    build: ['vite', 'build'],
    emits: [/^assets\/depthwise-[\w-]+\.wasm$/, /^assets\/depthwise\.relaxed-[\w-]+\.wasm$/],
    fetches: /^\/assets\/depthwise\.relaxed-[\w-]+\.wasm$/,
  },
  webpack: {
    files: { ...page, 'main.js': main, 'webpack.config.js': guideFile('webpack', 'webpack.config.js') },
    build: ['webpack', 'build'],
    emits: [/^[0-9a-f]{20}\.wasm$/, /^[0-9a-f]{20}\.wasm$/],
    fetches: /^\/[0-9a-f]{20}\.wasm$/,
  },
  Rollup: {
    files: { ...page, 'main.js': main, 'rollup.config.js': guideFile('Rollup', 'rollup.config.js') },
    build: ['rollup', '--config', '--silent'],
    emits: [/^assets\/depthwise-[\w-]+\.wasm$/, /^assets\/depthwise\.relaxed-[\w-]+\.wasm$/],
    fetches: /^\/assets\/depthwise\.relaxed-[\w-]+\.wasm$/,
  },
  'esbuild, with the loader file': {
    files: { ...page, 'main.js': guideMain('esbuild', 0) + REPORTS },
    build: guideCommand('esbuild', 0),
    emits: [/^depthwise-\w+\.wasm$/],
    fetches: /^\/depthwise-\w+\.wasm$/,
    variant: 'simd',
  },
  'esbuild, with the loader file and both variants': {
    files: { ...page, 'main.js': guideMain('esbuild', 1) + REPORTS },
    build: guideCommand('esbuild', 0),
    emits: [/^depthwise-\w+\.wasm$/, /^depthwise\.relaxed-\w+\.wasm$/],
    fetches: /^\/depthwise\.relaxed-\w+\.wasm$/,
  },
  'esbuild, with the loader binary and a script of the old kind': {
    files: {
      'dist/index.html': pageWith('main.js', { isModule: false }),
      'main.js': guideMain('esbuild', 2) + startReports,
    },
    build: guideCommand('esbuild', 1),
    emits: [],
    variant: 'simd',
  },
  'a bundler that knows no files, with the standalone script': {
    files: { ...page, 'main.js': guideMain('Any other bundler') + REPORTS },
    build: ['esbuild', 'main.js', '--bundle', '--format=esm', '--outdir=dist'],
    emits: [],
    variant: 'simd',
  },
};

describe('bundlers:', () => {
  const browser = browserOfSuite('Chromium');

  for (const [title, { files, build, emits, fetches, variant = 'relaxed-simd' }] of Object.entries(consumers)) {
    test(`${title} builds what runs`, async () => {
      const consumer = await makeConsumer({ ...files, 'report-on.js': reportOn });
      await consumer.tool(...build);
      const dist = join(consumer.folder, 'dist');
      const emitted = readdirSync(dist, { recursive: true })
        .filter((name) => name.endsWith('.wasm'))
        .sort();
      assert.equal(emitted.length, emits.length, `${emitted}`);
      emits.forEach((pattern, i) => assert.match(emitted[i], pattern));

      const { report, wasmRequests, elsewhere, complaints } = await visitFolder(await browser(), dist);
      assertComputes(report);
      assert.equal(report.variant, variant);
      assert.equal(report.tensorsLeft, 0);
      assert.equal(wasmRequests.length, fetches ? 1 : 0, `${wasmRequests}`);
      if (fetches) assert.match(wasmRequests[0], fetches);
      assert.deepEqual([elsewhere, complaints], [[], []]);
    });
  }
});
