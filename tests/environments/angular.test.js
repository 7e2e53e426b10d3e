// Angular: its builder bundles a page.
import { join } from 'node:path';
import { sharedBrowser } from '../browser/support/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { visitFolder } from '../package/support/consumer-page.js';
import { guideFile } from '../package/support/guide.js';
import { partsOf, PROGRAMS, programOf, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const programs = {
  load: programOf(guideFile('Angular', 'load.ts')),
  train: programOf(guideFile('Angular', 'train.ts')),
  standalone: PROGRAMS.standalone,
};
const options = {
  browser: 'src/main.ts',
  index: 'src/index.html',
  tsConfig: 'tsconfig.json',
  outputPath: 'dist',
  ...JSON.parse(guideFile('Angular', 'angular.json')),
};
const build = { builder: '@angular/build:application', options };
const app = { projectType: 'application', root: '', sourceRoot: 'src', architect: { build } };
const compilerOptions = {
  ...{ target: 'es2022', module: 'es2022', moduleResolution: 'bundler', allowJs: true, skipLibCheck: true },
  ...{ useDefineForClassFields: false, lib: ['es2022', 'dom', 'esnext.disposable'] },
};
const packages = Object.fromEntries(
  ['cli', 'build', 'core', 'common', 'compiler', 'compiler-cli', 'platform-browser'].map((name) => [
    `@angular/${name}`,
    '~20.3.0',
  ]),
);
const consumer = await makeConsumer(
  {
    '.npmrc': 'legacy-peer-deps=true\n', // the newest patches of its packages may differ
    'angular.json': JSON.stringify({ version: 1, cli: { analytics: false }, projects: { app } }),
    'tsconfig.json': JSON.stringify({ compilerOptions, files: ['src/main.ts'], include: ['src/*.d.ts'] }),
    'src/index.html': '<!doctype html><meta charset="utf-8" /><base href="/" /><title>A consumer</title>',
    'src/wasm.d.ts': guideFile('Angular', 'wasm.d.ts'),
    ...Object.fromEntries(Object.entries(REPORTERS).map(([name, code]) => [`src/${name}`, code])),
  },
  { packages: { ...TFJS, ...packages, rxjs: '^7.8.0', typescript: '~5.9.0', tslib: '^2.8.0' } },
);
const browser = sharedBrowser('Chromium');

const run = (what) => async () => {
  const { imports, body } = partsOf(programs[what], (report) => `Object.assign(globalThis, { report: ${report} })`);
  await consumer.write({ 'src/main.ts': `${imports}\n${body}\n` });
  await consumer.node('node_modules/@angular/cli/bin/ng.js', 'build');
  return (await visitFolder(await browser(), join(consumer.folder, 'dist/browser'), {})).report;
};
testEnvironment('Angular', {
  version: versionOf(consumer, '@angular/build'),
  guide: 'Angular',
  runs: { load: run('load'), train: run('train'), standalone: run('standalone') },
});
