// Bundlers: each builds a page for `load`, `train` and the standalone script, and Chromium opens the pages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/project-root.js';
import { sharedBrowser } from '../browser/support/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { pageWith, visitFolder } from '../package/support/consumer-page.js';
import { guideCommand, guideFile, guidePolicy } from '../package/support/guide.js';
import { REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const browser = sharedBrowser('Chromium');

/** Makes code report that sets `dw` or `registration`. */
const reporting = (code) =>
  code.includes('trainOnWasm')
    ? `import { reportOnTfjs } from './report-on-tfjs.js';\n${code}\nglobalThis.report = reportOnTfjs(tf, registration);\n`
    : `import { reportOn } from './report-on.js';\n${code}\nglobalThis.report = reportOn(dw);\n`;

const main = {
  load: guideFile('', 'main.js'),
  train: guideFile('TensorFlow.js', 'main.js'),
  standalone: guideFile('Any other bundler', 'main.js'),
};
const bundlePage = { 'dist/index.html': pageWith('main.js') };
/** The version of a bundler of tests/package. */
const toolVersion = (name) =>
  JSON.parse(readFileSync(join(projectRoot, 'tests/package/node_modules', name, 'package.json'), 'utf8')).version;

const bundlers = {
  Vite: {
    tool: 'vite',
    guide: 'Vite',
    files: { 'index.html': pageWith('/main.js') },
    build: (consumer) => consumer.tool('vite', 'build'),
  },
  webpack: {
    tool: 'webpack',
    files: { ...bundlePage, 'webpack.config.js': guideFile('webpack', 'webpack.config.js') },
    build: (consumer) => consumer.tool('webpack', 'build'),
  },
  esbuild: {
    tool: 'esbuild',
    guide: 'esbuild',
    files: bundlePage,
    programs: {
      ...main,
      load: guideFile('esbuild', 'main.js'),
      train: guideFile('TensorFlow.js', 'esbuild.js'),
    },
    build: (consumer) => consumer.tool(...guideCommand('esbuild')),
  },
  Rollup: {
    tool: 'rollup',
    guide: 'Rollup',
    files: { ...bundlePage, 'rollup.config.js': guideFile('Rollup', 'rollup.config.js', 1) },
    programs: { ...main, train: guideFile('Rollup', 'main.js') },
    packages: { ...TFJS, '@rollup/plugin-commonjs': '^29.0.0' },
    build: (consumer) => consumer.tool('rollup', '--config', '--silent'),
  },
  Rspack: {
    package: '@rspack/core',
    guide: 'Rspack and Rsbuild',
    files: {
      ...bundlePage,
      'rspack.config.js': guideFile('Rspack and Rsbuild', 'rspack.config.js'),
      'build.js': `
        import { rspack } from '@rspack/core';
        import config from './rspack.config.js';
        const stats = await new Promise((resolve, reject) => rspack(config).run((e, stats) => (e ? reject(e) : resolve(stats))));
        if (stats.hasErrors()) throw new Error(stats.toString());
      `,
    },
    packages: { ...TFJS, '@rspack/core': '^2.3.4' },
    build: (consumer) => consumer.node('build.js'),
  },
  Rsbuild: {
    package: '@rsbuild/core',
    guide: 'Rspack and Rsbuild',
    files: { 'rsbuild.config.js': guideFile('Rspack and Rsbuild', 'rsbuild.config.js') },
    packages: { ...TFJS, '@rsbuild/core': '^2.3.2' },
    build: (consumer) => consumer.node('node_modules/@rsbuild/core/bin/rsbuild.js', 'build'),
  },
  Parcel: {
    package: 'parcel',
    guide: 'Parcel',
    files: { 'index.html': pageWith('main.js') },
    programs: { ...main, train: guideFile('Rollup', 'main.js') },
    packages: { ...TFJS, parcel: '^2.16.4', buffer: '^6.0.3', process: '^0.11.10' },
    policy: guidePolicy().replace("'self'", "'self' 'unsafe-inline'"), // Parcel writes an inline import map
    async build(consumer, what) {
      if (what !== 'load') {
        const description = JSON.parse(String(await consumer.read('package.json')));
        const config = { ...description, ...JSON.parse(guideFile('Parcel', 'package.json')) };
        await consumer.write({ 'package.json': JSON.stringify(config) });
      }
      // The source maps of tfjs name files that its packages do not contain.
      const more = what === 'train' ? ['--no-source-maps'] : [];
      await consumer.node('node_modules/parcel/lib/bin.js', 'build', 'index.html', '--no-cache', ...more);
    },
  },
};

// All projects are made before the first test: node:test may end while a file awaits something between tests.
const consumers = {};
for (const [name, { tool, files, packages }] of Object.entries(bundlers)) {
  consumers[name] = await makeConsumer({ ...REPORTERS, ...files }, { packages, withTools: Boolean(tool) });
}

for (const [name, { tool, guide, programs = main, policy, build, ...others }] of Object.entries(bundlers)) {
  const consumer = consumers[name];
  const run = (what) => async () => {
    await consumer.write({ 'main.js': reporting(programs[what]) });
    await build(consumer, what);
    const headers = policy ? { 'content-security-policy': policy } : {};
    const { report } = await visitFolder(await browser(), join(consumer.folder, 'dist'), { headers });
    return report;
  };
  const runs = Object.fromEntries(Object.keys(main).map((what) => [what, run(what)]));
  const version = tool ? toolVersion(tool) : versionOf(consumer, others.package);
  testEnvironment(name, { version, guide, runs });
}
