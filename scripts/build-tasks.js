import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { viteCommand } from './build-demo.js';
import { projectRoot } from './project-root.js';
import { setUpArm64 } from './setup/arm64.js';
import { setUpBrowsers } from './setup/browsers.js';
import { setUpEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { setUpCatch2, setUpCommands, setUpLlvm, setUpNativeCompilers } from './setup/tools.js';
import { setUpWebKit } from './setup/webkit.js';

/** Flags of the native benchmark: the least that x86-64 has, and vectors of AVX2 with FMA. `suffix`: for titles and folders. */
const NATIVE_FLAGS = [
  { suffix: '', flags: '' },
  { suffix: ' AVX2', flags: '-mavx2 -mfma' },
];

const wasmTree = join(projectRoot, 'build/wasm');

/**
 * The tasks that set up and build, for `runTasks`.
 *
 * @param {object} [options]
 * @param {string} [options.emscripten] see `setUpEmscripten`
 * @param {string[]} [options.targets] CMake targets to build with the wasm modules
 * @param {boolean} [options.withTests] whether the tree of the wasm modules has the C++ tests too
 * @returns {Record<string, import('./run-tasks.js').Task>}
 */
export function buildTasks({
  emscripten = process.env.DEPTHWISE_EMSCRIPTEN || 'default',
  targets = [],
  withTests = false,
} = {}) {
  const packagesOf = (folder) => ({ title: `Node packages of ${folder}`, work: () => installNodeModules(folder) });
  const ninja = (run, tree, names, env) =>
    run('cmake', ['--build', tree, '--parallel', String(availableParallelism()), '--target', ...names], { env });
  const configureWithClang = (run, preset, { llvm, catch2 }) =>
    run('cmake', ['--preset', preset, `-DCMAKE_CXX_COMPILER=${llvm['clang++']}`, `-DCATCH2_INCLUDE_DIR=${catch2}`]);

  async function buildWasm(run, { emscripten: emcc, catch2 }, names) {
    // CMake keeps the compiler that it was first configured with.
    const stamp = join(wasmTree, 'emscripten.txt');
    const identity = `${emcc.version} ${emcc.env.EM_CONFIG ?? ''}`;
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== identity)
      await rm(wasmTree, { recursive: true, force: true });
    const preset = withTests ? ['wasm-tests', `-DCATCH2_INCLUDE_DIR=${catch2}`] : ['wasm'];
    await run('emcmake', ['cmake', '--preset', ...preset], { env: emcc.env });
    await writeFile(stamp, identity);
    await ninja(run, wasmTree, names, emcc.env);
  }

  return {
    demoPackages: packagesOf('web-demo'),
    peerPackages: packagesOf('bench/peers'),
    testPackages: packagesOf('tests/package'),
    docsPackages: packagesOf('scripts/docs'),
    cmake: {
      title: 'CMake and Ninja',
      work: (run) => setUpCommands(run, { cmake: 'cmake', ninja: 'ninja-build' }),
    },
    gcc: { title: 'g++', needs: ['cmake'], work: (run) => setUpCommands(run, { 'g++': 'g++' }) },
    python: { title: 'Python', work: (run) => setUpCommands(run, { python3: 'python3' }) },
    emscripten: {
      title: emscripten === 'default' ? 'Emscripten' : `Emscripten (${emscripten})`,
      needs: ['python'],
      work: (run) => setUpEmscripten(run, emscripten),
    },
    llvm: { title: 'LLVM', needs: ['cmake'], work: setUpLlvm },
    catch2: { title: 'Catch2', work: setUpCatch2 },
    browsers: { title: 'Chromium and Firefox', work: setUpBrowsers },
    webkit: { title: 'WebKit', work: setUpWebKit },
    bun: packagesOf('tests/bun'),
    arm64: { title: 'Node for 64-bit ARM', work: setUpArm64 },
    wasm: {
      title: 'Build of the wasm modules in dist/',
      needs: ['cmake', 'emscripten', ...(withTests ? ['catch2'] : [])],
      heavy: true,
      work: (run, values) => buildWasm(run, values, ['depthwise_dist', ...targets]),
    },
    standalone: {
      title: 'Build of the standalone script and the CommonJS entries in dist/',
      needs: ['wasm'],
      work: async () => {
        await (await import('./standalone/build.js')).buildStandalone();
        await (await import('./standalone/commonjs.js')).buildCommonJs();
      },
    },
    wasmTests: {
      title: 'Build of the C++ tests as WebAssembly',
      needs: ['wasm'],
      heavy: true,
      work: (run, values) => ninja(run, wasmTree, ['all'], values.emscripten.env),
    },
    nativeTests: {
      title: 'Build of the native C++ tests and fuzzers',
      needs: ['llvm', 'catch2'],
      heavy: true,
      work: async (run, values) => {
        await configureWithClang(run, 'native', values);
        await ninja(run, 'build/native', ['all']);
      },
    },
    avx2Tests: {
      title: 'Build of the native C++ tests with AVX2',
      needs: ['llvm', 'catch2'],
      heavy: true,
      work: async (run, values) => {
        await configureWithClang(run, 'native-avx2', values);
        await ninja(run, 'build/native-avx2', ['depthwise_tests']);
      },
    },
    coverageTests: {
      title: 'Build of the native C++ tests with coverage counters',
      needs: ['llvm', 'catch2'],
      heavy: true,
      work: async (run, values) => {
        await configureWithClang(run, 'coverage', values);
        await ninja(run, 'build/coverage-native', ['all']);
      },
    },
    caches: {
      title: 'Build of the simulation of caches',
      needs: ['llvm'],
      heavy: true,
      work: async (run, { llvm }) => {
        const tree = 'build/bench-native/caches';
        await run('cmake', ['--preset', 'bench', '-B', tree, `-DCMAKE_CXX_COMPILER=${llvm['clang++']}`]);
        await ninja(run, tree, ['depthwise_caches']);
      },
    },
    nativeBenchmark: {
      title: 'Build of the native benchmark',
      needs: ['cmake', 'nativeCompilers'],
      heavy: true,
      work: async (run, { nativeCompilers }) => {
        const programs = [];
        for (const compiler of nativeCompilers) {
          for (const { suffix, flags } of NATIVE_FLAGS) {
            const title = compiler + suffix;
            const tree = `build/bench-native/${title.replace(' ', '-')}`;
            const options = [`-DCMAKE_CXX_COMPILER=${compiler}`, `-DCMAKE_CXX_FLAGS=${flags}`];
            await run('cmake', ['--preset', 'bench', '-B', tree, ...options]);
            await ninja(run, tree, ['depthwise_bench']);
            programs.push({ title, program: join(projectRoot, tree, 'bench/native/depthwise_bench') });
          }
        }
        return programs;
      },
    },
    nativeCompilers: { title: 'Native compilers and oneDNN', work: setUpNativeCompilers },
    compileCommands: {
      title: 'Compile commands of the C++',
      needs: ['llvm', 'catch2'],
      work: (run, values) => configureWithClang(run, 'native', values),
    },
    img2webp: { title: 'img2webp', work: (run) => setUpCommands(run, { img2webp: 'webp' }) },
    demo: {
      title: 'Build of the web demo',
      needs: ['demoPackages', 'wasm'],
      work: (run) => run(process.execPath, [viteCommand, 'build', 'web-demo']),
    },
  };
}
