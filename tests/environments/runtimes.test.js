// Node, Bun and Deno, also as a program that Bun has compiled.
import { readdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const consumer = await makeConsumer(programFiles(), {
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
