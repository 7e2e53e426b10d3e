import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { UserError } from '../run-tasks.js';
import { sum } from './counts.js';

const folder = join(projectRoot, 'build/consumer');
const expected = 'consumer: forward, gradients and layer are right';

/**
 * Uses the C++ library in another CMake project: installed, for this machine and for WebAssembly, and as a part of the other build. Each
 * use counts as one test.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {{ emscripten: { env: Record<string, string> } }} values
 */
export async function consumerTests(run, { emscripten }) {
  const tests = { installedNative, refusals, documentedExample, partOfAnotherBuild, installedWasm };
  const results = [];
  await rm(folder, { recursive: true, force: true });
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(consumerTools(run, emscripten.env));
      results.push({ passed: 1, failed: 0 });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      results.push({ passed: 0, failed: 1, note: `${name}: ${error.message}` });
    }
  }
  return sum(results);
}

function consumerTools(run, emscriptenEnv) {
  const build = async (name, source, options, wrapper = []) => {
    const tree = join(folder, name);
    const [command, ...args] = [...wrapper, 'cmake', '-G', 'Ninja', '-S', source, '-B', tree, ...options];
    await run(command, args, { env: emscriptenEnv });
    await run('cmake', ['--build', tree], { env: emscriptenEnv });
    return tree;
  };
  const install = (tree, prefix) => run('cmake', ['--install', tree, '--prefix', join(folder, prefix)]);
  const expectOutput = async (text, command, args = []) => expectText((await run(command, args)).output, text);
  return { run, build, install, expectOutput };
}

/** The library is built by g++, with the build type that CMake's users get when they give none. */
async function installedNative({ build, install, expectOutput }) {
  const library = await build('library', '.', ['-DDEPTHWISE_TESTS=OFF', '-DDEPTHWISE_WERROR=ON']);
  expectText(readFileSync(join(library, 'CMakeCache.txt'), 'utf8'), 'CMAKE_BUILD_TYPE:STRING=Release');
  await install(library, 'prefix');
  const project = await build('project', 'tests/consumer', [`-DCMAKE_PREFIX_PATH=${join(folder, 'prefix')}`]);
  await expectOutput(expected, join(project, 'consumer'));
}

/** build/wasm has the library as WebAssembly. */
async function installedWasm({ build, install, expectOutput }) {
  await install('build/wasm', 'prefix-wasm');
  const paths = [`-DCMAKE_FIND_ROOT_PATH=${join(folder, 'prefix-wasm')}`, '-DCMAKE_PREFIX_PATH=/'];
  const project = await build('project-wasm', 'tests/consumer', paths, ['emcmake']);
  await expectOutput(expected, process.execPath, [join(project, 'consumer.cjs')]);
  const relaxed = join(project, 'consumer_relaxed.cjs');
  await expectOutput(expected, process.execPath, ['--import=./tests/as-relaxed-simd.js', relaxed]);
}

/** docs/cpp.md contains one project in two blocks. */
async function documentedExample({ build, expectOutput }) {
  const text = readFileSync(join(projectRoot, 'docs/cpp.md'), 'utf8');
  const block = (language) => text.match(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm'))[1];
  const source = join(folder, 'example');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'CMakeLists.txt'), block('cmake'));
  await writeFile(join(source, 'main.cpp'), block('cpp'));
  const tree = await build('example-build', source, [`-DCMAKE_PREFIX_PATH=${join(folder, 'prefix')}`]);
  await expectOutput('4 9\n', join(tree, 'example'));
}

async function partOfAnotherBuild({ build, expectOutput }) {
  const options = [`-DDEPTHWISE_SOURCE=${projectRoot}`, '-DCMAKE_BUILD_TYPE=Debug', '-DCMAKE_CXX_FLAGS_DEBUG=-O0'];
  await expectOutput(expected, join(await build('source', 'tests/consumer', options), 'consumer'));
}

async function refusals({ run }) {
  await run('cmake', [
    `-DPACKAGE=${join(folder, 'prefix/lib/cmake/depthwise')}`,
    '-P',
    'tests/consumer/refusals.cmake',
  ]);
  // Without a standard library the compiler fails like one that does not know C++20.
  const options = ['-DCMAKE_CXX_FLAGS=-nostdinc++', '-DDEPTHWISE_TESTS=OFF'];
  const { failure, output } = await run(
    'cmake',
    ['-G', 'Ninja', '-S', '.', '-B', join(folder, 'refused'), ...options],
    { mayFail: true },
  );
  if (!failure) throw new UserError('CMake accepts a compiler without C++20.');
  expectText(output.replace(/\s+/g, ' '), 'depthwise needs a compiler and a standard library of C++20');
  const include = join(folder, 'prefix/include');
  const old = ['-std=c++17', '-fsyntax-only', '-I', include, '-xc++', join(include, 'depthwise/geometry.h')];
  expectText((await run('g++', old, { mayFail: true })).output, 'depthwise needs C++20: -std=c++20');
}

function expectText(text, part) {
  if (!text.includes(part)) throw new UserError(`“${part}” is not in:\n\n${text}`);
}
