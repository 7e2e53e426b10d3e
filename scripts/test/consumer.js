import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { findOrInstallCommands } from '../setup/build-tools.js';
import { run, say, SetupError, step } from '../steps.js';
import { emscripten } from './needs.js';
import { sum } from './verdict.js';

const work = join(projectRoot, 'build/consumer');
const right = 'consumer: forward, gradients and layer are right';

/** The library in somebody else's CMake project: installed and found, natively and for WebAssembly, and as a part of their build. */
export async function consumerTests() {
  await findOrInstallCommands(['cmake', 'ninja', 'g++']);
  const { env } = await emscripten();
  return sum([
    await expected('C++ package, native: installed, found, run', () => installAndUse('native', process.env, [])),
    await expected('C++ package, what it refuses', refusals),
    await expected('C++ package, the example of docs/cpp.md', documented),
    await expected('C++ package, native: as a part of another build', useSource),
    await expected('C++ package, wasm: installed, found, run', () => installAndUse('wasm', env, ['emcmake'])),
  ]);
}

async function installAndUse(name, env, wrapper) {
  const [library, prefix, consumer] = ['library', 'prefix', 'project'].map((part) => join(work, `${name}-${part}`));
  await rm(prefix, { recursive: true, force: true }); // a header that is no longer installed must be missed
  const where = { cwd: projectRoot, env };
  const ours = ['-DDEPTHWISE_TESTS=OFF', '-DDEPTHWISE_MODULE=OFF'];
  await configure(wrapper, projectRoot, library, ours, where);
  expectIn(join(library, 'CMakeCache.txt'), 'CMAKE_BUILD_TYPE:STRING=Release');
  await run('cmake', ['--build', library], where);
  await run('cmake', ['--install', library, '--prefix', prefix], where);
  await configure(
    wrapper,
    'tests/consumer',
    consumer,
    [`-DCMAKE_FIND_ROOT_PATH=${prefix}`, '-DCMAKE_PREFIX_PATH=/'],
    where,
  );
  await run('cmake', ['--build', consumer], where);
  if (name === 'native') return expectRight(join(consumer, 'consumer'), []);
  await expectRight(process.execPath, [join(consumer, 'consumer.cjs')]);
  await expectRight(process.execPath, ['--import=./tests/as-relaxed-simd.js', join(consumer, 'consumer_relaxed.cjs')]);
}

/** docs/cpp.md has one project, in two blocks. */
async function documented() {
  const text = readFileSync(join(projectRoot, 'docs/cpp.md'), 'utf8');
  const block = (language) => text.match(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm'))[1];
  const source = join(work, 'example');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'CMakeLists.txt'), block('cmake'));
  await writeFile(join(source, 'main.cpp'), block('cpp'));
  const build = join(work, 'example-build');
  const where = { cwd: projectRoot };
  await configure([], source, build, [`-DCMAKE_PREFIX_PATH=${join(work, 'native-prefix')}`], where);
  await run('cmake', ['--build', build], where);
  expectText(await run(join(build, 'example'), []), '4 9\n');
}

async function useSource() {
  const build = join(work, 'native-source');
  const where = { cwd: projectRoot };
  await configure([], 'tests/consumer', build, [`-DDEPTHWISE_SOURCE=${projectRoot}`], where);
  await run('cmake', ['--build', build], where);
  await expectRight(join(build, 'consumer'), []);
}

async function refusals() {
  const found = `-DPACKAGE=${join(work, 'native-prefix/lib/cmake/depthwise')}`;
  await run('cmake', [found, '-P', 'tests/consumer/refusals.cmake'], { cwd: projectRoot });
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const says = join(work, 'native-prefix/lib/cmake/depthwise/depthwise-config-version.cmake');
  expectIn(says, `set(PACKAGE_VERSION "${version}")`);
  // A compiler whose standard library is not there stands for one that is too old.
  const tooOld = await run(
    'cmake',
    ['-G', 'Ninja', '-S', '.', '-B', join(work, 'refused'), '-DCMAKE_CXX_FLAGS=-nostdinc++', '-DDEPTHWISE_TESTS=OFF'],
    { cwd: projectRoot, mayFail: true },
  );
  if (!tooOld.outcome) throw new SetupError('A compiler without C++20 is not refused.');
  expectText(tooOld.output.replace(/\s+/g, ' '), 'depthwise needs a compiler and a standard library of C++20');
  const tooOldHeader = await run('g++', ['-std=c++17', '-fsyntax-only', '-Icpp', '-xc++', 'cpp/geometry.h'], {
    cwd: projectRoot,
    mayFail: true,
  });
  expectText(tooOldHeader.output, 'depthwise needs C++20: -std=c++20');
}

function configure(wrapper, source, build, options, where) {
  const [command, ...args] = [...wrapper, 'cmake', '-G', 'Ninja', '-S', source, '-B', build, ...options];
  return run(command, args, where);
}

async function expectRight(command, args) {
  expectText(await run(command, args, { cwd: projectRoot }), right);
}

function expectIn(file, text) {
  expectText(readFileSync(file, 'utf8'), text);
}

function expectText(got, wanted) {
  if (!got.includes(wanted)) throw new SetupError(`There is no “${wanted}” in:\n\n${got}`);
}

/** Counts as one test. */
async function expected(title, work) {
  return step(title, async () => {
    try {
      await work();
      return { passed: 1, failed: 0 };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(error.message);
      return { passed: 0, failed: 1 };
    }
  });
}
