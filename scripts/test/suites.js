import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDemo } from '../build-demo.js';
import { buildModule, buildNativeTests } from '../cmake.js';
import { projectRoot } from '../project-root.js';
import { findOrInstallBrowsers } from '../setup/browsers.js';
import { findOrInstallCatch2 } from '../setup/catch2.js';
import { findOrInstallEmscripten } from '../setup/emscripten.js';
import { installNodeModules } from '../setup/node-modules.js';
import { run, step } from '../steps.js';
import { catch2Counts, tapCounts } from './counts.js';

/**
 * The suites in the order in which they run. Each resolves to { passed, failed, note? }; what it
 * throws means that it could not run.
 */
export const suites = {
  lint: { title: 'lint and format', run: lint },
  types: { title: 'types', run: types },
  native: { title: 'C++, native', run: nativeTests },
  wasm: { title: 'C++, wasm', run: wasmTests },
  node: { title: 'JavaScript, Node', run: nodeTests },
  browser: { title: 'JavaScript, browsers', run: browserTests },
};

const nodeModules = once(installNodeModules);
const emscripten = once(findOrInstallEmscripten);
const catch2 = once(findOrInstallCatch2);

async function lint() {
  await nodeModules();
  const checks = [
    await check('ESLint', nodeTool('eslint'), ['.']),
    await check('Prettier', nodeTool('prettier'), ['--check', '.']),
  ];
  const clangFormat = await findClangFormat();
  if (clangFormat) {
    const files = ['cpp', 'tests/cpp', 'bench/limits'].flatMap((folder) => filesUnder(folder, /\.(cpp|h)$/));
    checks.push(await check('clang-format', clangFormat, ['--dry-run', '-Werror', ...files]));
  }
  return { ...sum(checks), note: clangFormat ? '' : 'clang-format 14 not found, C++ not checked' };
}

async function types() {
  await nodeModules();
  await installNodeModules('web-demo');
  await buildModule(await emscripten()); // js/ imports the loaders in dist/
  return sum([
    await check('TypeScript', nodeTool('tsc'), ['-p', 'tsconfig.json']),
    await check('TypeScript of web-demo/', nodeTool('tsc'), ['-p', 'web-demo/tsconfig.json']),
  ]);
}

/** A check is all of its files at once, and counts as one. */
async function check(title, command, args) {
  return step(title, async () => {
    const { outcome } = await run(command, args, { cwd: projectRoot, show: true, mayFail: true });
    return outcome ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
  });
}

async function nativeTests() {
  await buildNativeTests(await catch2());
  return catch2Tests('C++ tests, native', 'build/native/tests/depthwise_tests', []);
}

async function wasmTests() {
  await buildModule(await emscripten(), { catch2: await catch2() });
  const program = (suffix) => `build/wasm/tests/depthwise_tests${suffix}.cjs`;
  const results = [
    await catch2Tests('C++ tests, wasm', process.execPath, [program('')]),
    await catch2Tests('C++ tests, wasm with relaxed SIMD', process.execPath, [
      '--import=./tests/as-relaxed-simd.js',
      program('_relaxed'),
    ]),
  ];
  return sum(results);
}

async function catch2Tests(title, command, args) {
  // Emscripten's stdout calls itself a terminal, and colours would break up the line with the counts.
  const plain = [...args, '--use-colour', 'no'];
  return step(title, async () => {
    const options = { cwd: projectRoot, show: true, mayFail: true };
    const { outcome, output } = await run(command, plain, options);
    return judged(catch2Counts(output), outcome);
  });
}

/** Tests of arguments, errors, set-up and programs, which see no difference between the variants of the wasm. */
const OF_ONE_VARIANT = /\/(errors-|layer-errors|changing-arguments|compare|example-|pages|setup)/;

/** All with the variant that every engine runs, and what computes once more with the other. */
async function nodeTests() {
  const files = filesUnder('tests/js', /\.test\.js$/);
  const computing = files.filter((name) => !OF_ONE_VARIANT.test(name));
  return sum([
    await nodeTestFiles('JavaScript tests', files, ['--import=./tests/as-simd.js']),
    await nodeTestFiles('JavaScript tests with relaxed SIMD', computing, ['--import=./tests/as-relaxed-simd.js']),
  ]);
}

async function browserTests() {
  await findOrInstallBrowsers();
  await nodeModules();
  await buildModule(await emscripten());
  await buildDemo();
  return nodeTestFiles('JavaScript tests in browsers', filesUnder('tests/browser', /\.test\.js$/));
}

/** Test files, run by Node: those of browsers too, which they start. */
async function nodeTestFiles(title, files, nodeArguments = []) {
  // Without a file to run, node would search the whole tree for tests.
  if (files.length === 0) return judged({ passed: 0, failed: 0 }, '');
  await nodeModules();
  await buildModule(await emscripten());
  const tap = join(projectRoot, 'build', `${title.replaceAll(' ', '-')}.tap`);
  const args = [
    ...nodeArguments,
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...files,
  ];
  return step(title, async () => {
    const { outcome } = await run(process.execPath, args, {
      cwd: projectRoot,
      show: true,
      mayFail: true,
    });
    return judged(tapCounts(readFileSync(tap, 'utf8')), outcome);
  });
}

/** What the counts and the way the process ended say together. */
function judged(counts, outcome) {
  if (!counts) return { passed: 0, failed: 1, note: outcome || 'ended without saying how many ran' };
  const { passed, failed, skipped } = counts;
  if (passed + failed === 0) return { passed, failed: 1, note: 'no tests ran' };
  // Sanitizers that speak at the exit fail the process after all tests have passed.
  if (outcome && failed === 0) return { passed, failed: 1, note: outcome };
  return { passed, failed, note: skipped > 0 ? `${skipped} skipped` : '' };
}

function sum(results) {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    note: results
      .map(({ note }) => note)
      .filter(Boolean)
      .join(', '),
  };
}

function nodeTool(name) {
  return join(projectRoot, 'node_modules/.bin', name);
}

/** Versions of clang-format break lines differently; 14 is the one that the tree is formatted with. */
async function findClangFormat() {
  for (const name of ['clang-format-14', 'clang-format']) {
    const { outcome, output } = await run(name, ['--version'], { mayFail: true });
    if (!outcome && output.includes('version 14.')) return name;
  }
  return null;
}

function filesUnder(folder, pattern) {
  const root = join(projectRoot, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
    .sort();
}

function once(work) {
  let result;
  return () => (result ??= work());
}
