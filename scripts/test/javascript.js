import { basename } from 'node:path';
import { buildDemo } from '../build-demo.js';
import { buildModule } from '../cmake.js';
import { beginCounting, jsCoverage } from '../coverage/js.js';
import { findOrInstallBrowsers } from '../setup/browsers.js';
import { filesUnder } from './files-under.js';
import { emscripten, nodeModules } from './needs.js';
import { nodeTestFiles } from './node-test-files.js';
import { coverageVerdict, sum } from './verdict.js';

const AS_SIMD = '--import=./tests/as-simd.js';
const AS_RELAXED_SIMD = '--import=./tests/as-relaxed-simd.js';

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
  const counted = await countedNodeTests();
  const { lines } = await jsCoverage();
  const computing = nodeTestNames().filter((file) => !OF_ONE_VARIANT.some((start) => basename(file).startsWith(start)));
  return sum([
    counted,
    await nodeTestFiles('JavaScript tests with relaxed SIMD', computing, { nodeArguments: [AS_RELAXED_SIMD] }),
    coverageVerdict('js/', lines),
  ]);
}

/** With the variant that every engine runs, counting what is run of js/. */
export async function countedNodeTests() {
  await buildModule(await emscripten(), { targets: ['failing_module'] });
  const env = await beginCounting();
  return nodeTestFiles('JavaScript tests', nodeTestNames(), { nodeArguments: [AS_SIMD], env });
}

const nodeTestNames = () => filesUnder('tests/js', /\.test\.js$/);

export async function browserTests() {
  await findOrInstallBrowsers();
  await nodeModules();
  await buildModule(await emscripten());
  await buildDemo();
  return nodeTestFiles('JavaScript tests in browsers', filesUnder('tests/browser', /\.test\.js$/));
}
