import { basename } from 'node:path';
import { buildDemo } from '../build-demo.js';
import { buildModule } from '../cmake.js';
import { findOrInstallBrowsers } from '../setup/browsers.js';
import { filesUnder } from './files-under.js';
import { emscripten, nodeModules } from './needs.js';
import { nodeTestFiles } from './node-test-files.js';
import { sum } from './verdict.js';

/** Tests of arguments, errors, set-up and programs, which see no difference between the variants of the wasm. */
const OF_ONE_VARIANT = [
  'allocation-failures',
  'calls-within',
  'changing-arguments',
  'compare',
  'errors-',
  'example-',
  'foreign-',
  'fuzz-',
  'growth-',
  'layer-errors',
  'pages',
  'setup',
  'soak',
];

/** All with the variant that every engine runs, and what computes once more with the other. */
export async function nodeTests() {
  await buildModule(await emscripten(), { targets: ['failing_module'] });
  const files = filesUnder('tests/js', /\.test\.js$/);
  const computing = files.filter((file) => !OF_ONE_VARIANT.some((start) => basename(file).startsWith(start)));
  return sum([
    await nodeTestFiles('JavaScript tests', files, ['--import=./tests/as-simd.js']),
    await nodeTestFiles('JavaScript tests with relaxed SIMD', computing, ['--import=./tests/as-relaxed-simd.js']),
  ]);
}

export async function browserTests() {
  await findOrInstallBrowsers();
  await nodeModules();
  await buildModule(await emscripten());
  await buildDemo();
  return nodeTestFiles('JavaScript tests in browsers', filesUnder('tests/browser', /\.test\.js$/));
}
