import { join } from 'node:path';
import { apiReference } from '../docs/api.js';
import { fuzzNative, nativeTargets } from '../fuzz.js';
import { packPackage } from '../pack.js';
import { projectRoot } from '../project-root.js';
import { clangTidy } from './clang-tidy.js';
import { consumerTests } from './consumer.js';
import { catch2Result, sum } from './counts.js';
import { filesUnder } from './files-under.js';
import { nodeTestFiles } from './node-test-files.js';

/** Tests of what kernels compute. They run with both variants of the wasm; the other tests do not depend on the variant. */
const computes =
  /^tests\/js\/(ops|oracle|layer-(tfjs|tfjs-gradients|random-configs)|tfjs\/(kernels|gradients|training|suite))\.test\.js$/;

/**
 * The suites of `npm test`, as tasks. Each resolves to { passed, failed, note? }. `optional` suites run only when --only names them. The
 * suites start in this order as soon as the tasks that they need have ended, so the longest ones come first.
 *
 * @type {Record<string, import('../run-tasks.js').Task & { optional?: boolean }>}
 */
export const suites = {
  lint: { title: 'lint and format', heavy: true, work: lint },
  types: {
    title: 'types',
    needs: ['demoPackages', 'wasm'], // js/ imports the loaders in dist/
    heavy: true,
    work: (run) =>
      checks(run, [nodeTool('tsc', '-p', 'tsconfig.json'), nodeTool('tsc', '-p', 'web-demo/tsconfig.json')]),
  },
  docs: {
    title: 'API reference',
    needs: ['docsPackages'],
    heavy: true,
    work: async (run) => {
      await apiReference(run, { check: true });
      return { passed: 1, failed: 0 };
    },
  },
  browser: {
    title: 'JavaScript, browsers',
    needs: ['browsers', 'demo'],
    heavy: true,
    work: (run) => nodeTestFiles(run, 'browser', filesUnder('tests/browser', /\.test\.js$/), { inOneProcess: true }),
  },
  wasm: {
    title: 'C++, WebAssembly',
    needs: ['wasmTests'],
    heavy: true,
    work: async (run) => {
      const tests = (suffix) => `build/wasm/tests/depthwise_tests${suffix}.cjs`;
      return sum([
        await catch2Result(run, process.execPath, [tests('')]),
        await catch2Result(run, process.execPath, ['--import=./tests/as-relaxed-simd.js', tests('_relaxed')]),
      ]);
    },
  },
  native: {
    title: 'C++, native',
    needs: ['nativeTests'],
    heavy: true,
    work: (run) => catch2Result(run, 'build/native/tests/depthwise_tests', []),
  },
  fuzz: {
    title: 'C++, fuzzing',
    needs: ['nativeTests'],
    heavy: true,
    work: async (run) => {
      const rows = await fuzzNative(run, { targets: nativeTargets, seed: 1 });
      const failed = rows.filter(({ failure }) => failure).length;
      return {
        passed: rows.length - failed,
        failed,
        note: rows.map(({ name, inputs }) => `${name} ${inputs}`).join(', '),
      };
    },
  },
  node: {
    title: 'JavaScript, Node',
    needs: ['standalone', 'demoPackages'], // a test reads the data of npm packages that the demo packs
    heavy: true,
    work: (run) => {
      const files = filesUnder('tests/js', /\.test\.js$/);
      const tools = ['scripts', 'bench', 'web-demo/src'].flatMap((folder) =>
        filesUnder(folder, /^(?!.*node_modules).*\.test\.js$/),
      );
      return nodeTestFiles(run, 'node', [...files, ...tools], { nodeArguments: ['--import=./tests/as-simd.js'] });
    },
  },
  relaxed: {
    title: 'JavaScript, relaxed SIMD',
    needs: ['wasm'],
    heavy: true,
    work: (run) => {
      const files = filesUnder('tests/js', /\.test\.js$/).filter((file) => computes.test(file));
      return nodeTestFiles(run, 'relaxed', files, { nodeArguments: ['--import=./tests/as-relaxed-simd.js'] });
    },
  },
  package: {
    title: 'package, installed',
    needs: ['browsers', 'testPackages', 'standalone'],
    heavy: true,
    work: async (run) => {
      await packPackage(run);
      return nodeTestFiles(run, 'package', filesUnder('tests/package', /^[^/]*\.test\.js$/));
    },
  },
  consumer: { title: 'C++ package', needs: ['gcc', 'wasm'], heavy: true, work: consumerTests },
  firefox: {
    title: 'tools of the demo, Firefox',
    needs: ['browsers', 'demo'],
    heavy: true,
    optional: true,
    work: (run) =>
      nodeTestFiles(run, 'firefox', filesUnder('tests/browser/demo', /(filter|lab|teach)\.test\.js$/), {
        env: { DEPTHWISE_DEMO_BROWSERS: 'Firefox' },
        inOneProcess: true,
      }),
  },
  webkit: {
    title: 'JavaScript, WebKit',
    needs: ['webkit', 'demo'],
    heavy: true,
    optional: true,
    work: (run) => nodeTestFiles(run, 'webkit', filesUnder('tests/webkit', /\.test\.js$/)),
  },
  bun: {
    title: 'JavaScript, Bun',
    needs: ['bun', 'wasm'],
    heavy: true,
    optional: true,
    work: (run) => nodeTestFiles(run, 'bun', ['tests/bun/bun.test.js']),
  },
  arm64: {
    title: 'C++ and bits, 64-bit ARM',
    needs: ['arm64', 'wasmTests'],
    heavy: true,
    optional: true,
    async work(run, { arm64: [command, ...args] }) {
      const tests = (suffix) => catch2Result(run, command, [...args, `build/wasm/tests/depthwise_tests${suffix}.cjs`]);
      return sum([
        await nodeTestFiles(run, 'arm64', ['tests/arm64/golden.test.js']),
        await tests(''),
        await tests('_relaxed'),
      ]);
    },
  },
  avx2: {
    title: 'C++, native with AVX2',
    needs: ['avx2Tests'],
    heavy: true,
    optional: true,
    work: (run) => catch2Result(run, 'build/native-avx2/tests/depthwise_tests', []),
  },
  tidy: { title: 'clang-tidy', needs: ['compileCommands'], heavy: true, optional: true, work: clangTidy },
};

async function lint(run) {
  const commands = [nodeTool('eslint', '.'), nodeTool('prettier', '--check', '.')];
  // Other versions of clang-format break lines in other places.
  const { output } = await run('clang-format', ['--version'], { mayFail: true });
  const command = output.includes('version 14.') ? 'clang-format' : 'clang-format-14';
  const hasFormatter = !(await run(command, ['--version'], { mayFail: true })).failure;
  const files = ['cpp', 'tests', 'bench'].flatMap((folder) => filesUnder(folder, /^(?!.*node_modules).*\.(cpp|h)$/));
  if (hasFormatter) commands.push([command, '--dry-run', '-Werror', ...files]);
  return { ...(await checks(run, commands)), note: hasFormatter ? '' : 'clang-format 14 not found, C++ not checked' };
}

/** Runs commands that each count as one test. */
async function checks(run, commands) {
  const results = [];
  for (const [command, ...args] of commands) {
    const { failure } = await run(command, args, { mayFail: true });
    results.push(failure ? { passed: 0, failed: 1, note: failure } : { passed: 1, failed: 0 });
  }
  return sum(results);
}

function nodeTool(name, ...args) {
  return [join(projectRoot, 'node_modules/.bin', name), ...args];
}
