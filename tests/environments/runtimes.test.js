// Node, Bun and Deno, also on several threads, and as a program that Bun has compiled.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture } from '../package/support/consumer-page.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import {
  PROGRAMS,
  programFiles,
  programOf,
  reportIn,
  testEnvironment,
  TFJS,
  versionOf,
} from './support/environment.js';

/** Major versions of Node, in addition to the version that runs the tests. */
const MAJORS = [22, 24, 26];
/** Programs that compute on two threads, and print how many jobs ran on them. They end although the workers run. */
const THREADED = {
  'threads-of-load': `import { load } from 'depthwise-wasm';
import { reportOnJobs } from './report-on-jobs.js';
const dw = await load({ threads: 2 });
const x = { data: Float32Array.from({ length: 56 * 56 * 64 }, (_, i) => Math.sin(i)), shape: [1, 56, 56, 64] };
const filter = { data: Float32Array.from({ length: 9 * 64 }, (_, i) => Math.cos(i)), shape: [3, 3, 64, 1] };
const report = await reportOnJobs(() => dw.tidy(() => dw.depthwiseConv2d(x, filter, 1, 'same').dataSync()));
console.log('REPORT ' + JSON.stringify({ ...report, threads: dw.threads }));
`,
  'threads-of-tfjs': `import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { sharedWasmPaths, trainOnWasm } from 'depthwise-wasm/tfjs';
import { reportOnJobs } from './report-on-jobs.js';
setWasmPaths(await sharedWasmPaths(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))), true);
const { threads } = await trainOnWasm(tf, { threads: 2 });
const [x, filter, dy] = [[1, 56, 56, 64], [3, 3, 64, 1], [1, 56, 56, 64]].map((shape) => tf.randomUniform(shape));
const gradient = tf.grad((filter) => tf.depthwiseConv2d(x, filter, 1, 'same'));
const report = await reportOnJobs(() => tf.tidy(() => gradient(filter, dy).dataSync().slice()));
const { count, reason } = threads;
console.log('REPORT ' + JSON.stringify({ ...report, threads: { count, reason } }));
`,
};

/** Tests that a runtime computes on two threads. */
function testThreads(runtime, run) {
  for (const name of Object.keys(THREADED)) {
    test(`${runtime}: ${name} compute, and the process ends`, async () => {
      const { jobs, ...others } = reportIn(await run(name));
      assert.ok(jobs >= 10, `${jobs} jobs`);
      assert.deepEqual(others, { areEqual: true, threads: { count: 2, reason: 'as wanted' } });
    });
  }
}

const threadedFiles = Object.fromEntries(Object.entries(THREADED).map(([name, code]) => [`${name}.js`, code]));
const files = { ...programFiles(), ...threadedFiles, 'report-on-jobs.js': await fixture('report-on-jobs.js') };
const consumer = await makeConsumer(files, {
  packages: {
    ...{ ...TFJS, bun: '^1.4.5', deno: '^2.9.6' },
    ...Object.fromEntries(
      MAJORS.map((major) => [`node-${major}`, `npm:node-${process.platform}-${process.arch}@^${major}`]),
    ),
  },
});
/** Returns the folder of the package with the program for this machine. */
const platformFolder = (scope) =>
  join('node_modules', scope, readdirSync(join(consumer.folder, 'node_modules', scope))[0]);
const bun = join(platformFolder('@oven'), 'bin/bun');
const deno = join(platformFolder('@deno'), 'deno');

/** Returns runs of the three programs. */
const runsWith = (run) =>
  Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, async () => reportIn(await run(name))]));

testEnvironment('Node', { version: process.versions.node, runs: runsWith((name) => consumer.node(`${name}.js`)) });

for (const major of MAJORS) {
  testEnvironment(`Node, ${major}`, {
    version: versionOf(consumer, `node-${major}`),
    runs: runsWith((name) => consumer.run(`node_modules/node-${major}/bin/node`, [`${name}.js`])),
  });
}

testThreads('Node', (name) => consumer.node(`${name}.js`));
testThreads('Bun', (name) => consumer.run(bun, [`${name}.js`]));
testThreads('Deno', (name) => consumer.run(deno, ['run', '--allow-read', '--allow-env', `${name}.js`]));

testEnvironment('Bun', {
  version: versionOf(consumer, 'bun'),
  runs: runsWith((name) => consumer.run(bun, [`${name}.js`])),
});

testEnvironment('Deno', {
  version: versionOf(consumer, 'deno'),
  guide: 'Deno',
  runs: runsWith((name) => consumer.run(deno, ['run', '--allow-read', '--allow-env', `${name}.js`])),
});

testEnvironment('bun build --compile', {
  version: versionOf(consumer, 'bun'),
  guide: 'Bun',
  runs: runsWith(async (name) => {
    const source = name === 'standalone' ? PROGRAMS.standalone : programOf(guideFile('Bun', `${name}.js`));
    await consumer.write({ [`compiled-${name}.js`]: source });
    await consumer.run(bun, ['build', '--compile', `compiled-${name}.js`, '--outfile', name]);
    const packages = join(consumer.folder, 'node_modules');
    await rename(packages, `${packages}-hidden`); // the program must not need them
    try {
      return await consumer.run(`./${name}`, [], tmpdir());
    } finally {
      await rename(`${packages}-hidden`, packages);
    }
  }),
});
