import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InvalidArgumentError, Option, program } from 'commander';
import { LIMITS_OF_ONEDNN, readOutput, textOf } from '../bench/native/table.js';
import { demoFolder, viteCommand } from './build-demo.js';
import { buildTasks } from './build-tasks.js';
import { coverageTasks } from './coverage.js';
import { fuzzJavascript, fuzzNative, javascriptTargets, nativeTargets } from './fuzz.js';
import { removeRows, writeEnvironmentTable } from './environment-table.js';
import { commandsOfNight, runNight } from './night.js';
import { packedPackage, packPackage, publishedTarball, setModes, unpack } from './pack.js';
import { projectRoot } from './project-root.js';
import { problemsOfRelease } from './release/problems.js';
import { runTasks, settleTasks, UserError } from './run-tasks.js';
import { choices } from './setup/emscripten.js';
import { filesUnder } from './test/files-under.js';
import { nodeTestFiles } from './test/node-test-files.js';
import { suites } from './test/suites.js';
import { runSuites } from './test/run-suites.js';

// All commands of the project. Each first sets up what it needs, also in a fresh clone.

/** For options that take some of `names`, separated by commas. */
const listOf = (names) => (text) => {
  const listed = text.split(',');
  const unknown = listed.find((name) => !names.includes(name));
  if (unknown === undefined) return listed;
  throw new InvalidArgumentError(`'${unknown}' is not allowed; allowed are ${names.join(', ')}.`);
};

/** The names of the files in tests/environments. */
const environments = filesUnder('tests/environments', /\.test\.js$/).map((file) => basename(file, '.test.js'));

const wholeNumber = (text) => {
  if (/^[1-9]\d{0,9}$/.test(text) && Number(text) < 2 ** 31) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 2147483647.');
};

const emscriptenOption = () =>
  new Option(
    '--emscripten <which>',
    'default: the emcc on PATH if it is 3.1.69 or newer, else 3.1.69; latest: the newest that Debian testing has',
  )
    .choices(choices)
    .env('DEPTHWISE_EMSCRIPTEN');

const positiveNumber = (text) => {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
};

program
  .name('node scripts/main.js')
  .enablePositionalOptions()
  .configureHelp({ helpWidth: 120 })
  .addHelpText('after', '\nThe scripts of package.json are these commands.');

program
  .command('build')
  .description('Builds the wasm modules and their loaders in dist/, and prints the sizes of the downloads.')
  .addOption(emscriptenOption())
  .action(async (options) => {
    await runTasks(buildTasks(options), ['standalone']);
    const { printSizes } = await import('./download-sizes.js');
    await printSizes();
  });

program
  .command('prepack')
  .description('Prepares `npm pack`: builds dist/, and sets the modes of the files.')
  .action(async () => {
    await runTasks(buildTasks(), ['standalone']);
    await setModes();
  });

program
  .command('test')
  .description(
    'Runs the test suites. A suite that fails does not stop the others. The end of the output is a table and the line ' +
      '"total: N passed, N failed". The output of each task is in build/logs/.',
  )
  .option(
    '--only <suites>',
    `some suites, separated by commas: ${Object.keys(suites).join(', ')}`,
    listOf(Object.keys(suites)),
  )
  .addOption(emscriptenOption())
  .action(runSuites);

program
  .command('test:environments')
  .description(
    'Installs the packed package in projects of frameworks and tools that are large, builds the projects and runs them. It downloads them, and writes the table of environments in docs/compatibility.md.',
  )
  .option('--only <names>', `some environments: ${environments.join(', ')}`, listOf(environments), environments)
  .action(async ({ only }) => {
    const suite = {
      title: 'environments',
      needs: ['browsers', 'testPackages', 'standalone'],
      heavy: true,
      work: async (run) => {
        await packPackage(run);
        removeRows();
        const files = only.map((name) => `tests/environments/${name}.test.js`);
        return nodeTestFiles(run, 'environments', files);
      },
    };
    const { environments: result } = await settleTasks({ ...buildTasks(), environments: suite }, ['environments']);
    const { passed = 0, failed = 1 } = result.value ?? {};
    if (failed > 0) console.log(`${result.output}\n${result.error?.stack ?? ''}`);
    if (await writeEnvironmentTable()) console.log('docs/compatibility.md: wrote the table of environments.');
    console.log(`total: ${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  });

program
  .command('fuzz')
  .description(
    'Runs the C++ library, under sanitizers, and the JavaScript API with random inputs, and compares the results with the definition ' +
      'in float64. A failing input of the C++ library is stored in tests/fuzz/cases/TARGET/, and npm test tries it again.',
  )
  .option('--seconds <n>', 'for each target', wholeNumber, 60)
  .option(
    '--target <targets>',
    `some targets, separated by commas: ${[...nativeTargets, ...javascriptTargets].join(', ')}`,
    listOf([...nativeTargets, ...javascriptTargets]),
  )
  .option('--seed <n>', 'default: another one each time', wholeNumber)
  .action(async ({ target, seconds, seed = randomInt(1, 2 ** 31) }) => {
    const chosen = (names) => names.filter((name) => !target || target.includes(name));
    const [native, javascript] = [chosen(nativeTargets), chosen(javascriptTargets)];
    const title = (of) => `Fuzzing of ${of}, ${seconds} s for each target, seed ${seed}`;
    const tasks = {
      ...buildTasks(),
      native: {
        title: title('the C++ library'),
        needs: ['nativeTests'],
        heavy: true,
        work: (run) => fuzzNative(run, { targets: native, seconds, seed }),
      },
      javascript: {
        title: title('the JavaScript API'),
        needs: ['wasm'],
        heavy: true,
        work: (run) => fuzzJavascript(run, { targets: javascript, seconds, seed }),
      },
    };
    const goals = [...(native.length ? ['native'] : []), ...(javascript.length ? ['javascript'] : [])];
    const rows = Object.values(await runTasks(tasks, goals)).flat();
    console.table(rows, ['name', 'cases', 'inputs']);
    const failures = rows.filter(({ failure }) => failure);
    for (const { name, failure } of failures) console.log(`${name} failed: ${failure}`);
    console.log(`seed ${seed}: ${failures.length} of ${rows.length} targets failed; all output is in build/logs/`);
    if (failures.length > 0) process.exitCode = 1;
  });

program
  .command('night')
  .description(
    'Long runs, for a night: each fuzzer for an hour, ten million random calls of the module, a million of the kernels in TensorFlow.js on one ' +
      'thread and on several, and a hundred thousand steps of training. Prints a table at the end.',
  )
  .option('--scale <n>', 'of the amounts, for example 0.01', positiveNumber, 1)
  .option('--seed <n>', 'default: another one each time', wholeNumber)
  .action(({ scale, seed = randomInt(1, 2 ** 31) }) => {
    if (!runNight(commandsOfNight(scale, seed))) process.exitCode = 1;
    console.log(`seed ${seed}`);
  });

program
  .command('coverage')
  .description('Prints which lines of cpp/ and js/ the native C++ tests and the JavaScript tests in Node reach.')
  .option('--only <parts>', 'cpp or js', listOf(['cpp', 'js']), ['cpp', 'js'])
  .action(async ({ only }) => {
    const tables = await runTasks(coverageTasks(buildTasks({ withTests: true, targets: ['failing_module'] })), only);
    for (const [name, table] of Object.entries(tables)) {
      console.log(`\n${name}/, each line: build/coverage/${name}/html/index.html\n\n${table}`);
    }
  });

program
  .command('run')
  .description('Builds the wasm modules and runs a program of the project.')
  .argument('<file>')
  .argument('[arguments...]')
  .option('--target <name>', 'a CMake target to build too')
  .option('--peers', 'install the packages that the benchmark compares with, too')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (file, rest, { target, peers }) => {
    const tasks = buildTasks({ targets: target ? [target] : [] });
    await runTasks(tasks, ['wasm', ...(peers ? ['peerPackages'] : [])]);
    runProgram([file, ...rest]);
  });

program
  .command('bench:native')
  .description(
    'Measures the native C++ library, built by several compilers with and without AVX2, and oneDNN, on one thread. Takes some minutes.',
  )
  .action(async () => {
    const { nativeBenchmark: programs } = await runTasks(buildTasks(), ['nativeBenchmark']);
    const results = (program, isa) => {
      const env = { ...process.env, OMP_NUM_THREADS: '1', ONEDNN_MAX_CPU_ISA: isa };
      return readOutput(execFileSync(program, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
    };
    const own = programs.map(({ title, program }) => ({ title, results: results(program, 'ALL') }));
    const onednn = LIMITS_OF_ONEDNN.map((isa) => ({ title: isa, results: results(programs[0].program, isa) }));
    console.log(textOf(own, onednn).join('\n'));
  });

program
  .command('bench:caches')
  .description(
    'Simulates first-level caches of 16 to 128 KB, and prints how much time the assumptions of cpp/cache_assumptions.h lose. Takes a minute.',
  )
  .action(async () => {
    await runTasks(buildTasks(), ['caches']);
    runCommand(join(projectRoot, 'build/bench-native/caches/bench/native/depthwise_caches'), []);
  });

/** The tasks and the command of each kind of `npm run demo`. */
const demos = {
  serve: { goals: ['demo'], start: (options) => runProgram([viteCommand, 'preview', 'web-demo', ...options]) },
  build: { goals: ['demo'], start: () => console.log(`The demo is in ${demoFolder}. Copy it to any static host.`) },
  dev: {
    goals: ['demoPackages', 'wasm'],
    start: (options) => runProgram([viteCommand, 'dev', 'web-demo', ...options]),
  },
  screenshots: { goals: ['browsers', 'demo'], start: () => runProgram(['web-demo/screenshots/main.js']) },
  recording: {
    goals: ['browsers', 'demo', 'img2webp'],
    start: () => runProgram(['web-demo/screenshots/recording.js']),
  },
};

program
  .command('demo')
  .description(
    'The web demo. serve: builds it and serves the result; build: only builds it; dev: serves the sources and reloads pages on change; ' +
      'screenshots: makes the pictures of the README. Further options are options of Vite.',
  )
  .argument('[kind]', Object.keys(demos).join(', '), 'serve')
  .argument('[options...]')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (kind, options) => {
    if (kind.startsWith('-')) [kind, options] = ['serve', [kind, ...options]];
    if (!Object.hasOwn(demos, kind))
      throw new UserError(`demo: '${kind}' is not allowed; allowed are ${Object.keys(demos).join(', ')}.`);
    await runTasks(buildTasks(), demos[kind].goals);
    demos[kind].start(options);
  });

program
  .command('docs:api')
  .description('Writes docs/api from js/**/*.d.ts. A missing doc comment is an error.')
  .option('--check', 'write nothing, and fail if docs/api is not up to date')
  .action(async ({ check = false }) => {
    const { apiReference } = await import('./docs/api.js');
    const tasks = {
      ...buildTasks(),
      api: { title: 'API reference', needs: ['docsPackages'], work: (run) => apiReference(run, { check }) },
    };
    console.log((await runTasks(tasks, ['api'])).api);
  });

program
  .command('check-release')
  .description('Checks that the checked out version can be published under a tag. Lists what the owner must add.')
  .argument('[tag]', 'default: v and the version in package.json')
  .action((given) => {
    const read = (name) => readFileSync(join(projectRoot, name), 'utf8');
    const manifest = JSON.parse(read('package.json'));
    const tag = given ?? `v${manifest.version}`;
    const files = {
      manifest,
      lock: JSON.parse(read('package-lock.json')),
      changelog: read('CHANGELOG.md'),
      cmake: read('CMakeLists.txt'),
      pages: Object.fromEntries(['README.md', 'docs/guide/install.md'].map((name) => [name, read(name)])),
    };
    const problems = problemsOfRelease(tag, files, process.env.GITHUB_REPOSITORY);
    if (problems.length > 0)
      throw new UserError(`${tag} cannot be released:\n\n${problems.map((p) => `- ${p}`).join('\n')}`);
    console.log(`All files have the version ${tag}.`);
  });

program
  .command('compare-release')
  .description('Packs the package, and prints which sizes, entries and types differ from the last version on npm.')
  .option('--against <tarball>', 'a packed version to compare with, in place of the last version on npm')
  .action(async ({ against }) => {
    const pack = { title: 'Packing', needs: ['standalone'], work: packPackage };
    const earlier = {
      title: 'The earlier version',
      needs: ['pack'],
      work: (run) => (against ? resolve(against) : publishedTarball(run)),
    };
    const compare = {
      title: 'Comparison',
      needs: ['earlier'],
      work: async (run, values) => {
        const { tarball } = packedPackage();
        if (!values.earlier)
          return `npm has no version of the package yet, so there is nothing to compare ${basename(tarball)} with.`;
        const { compareVersions } = await import('./release/compare.js');
        return compareVersions(await unpack(run, values.earlier, 'earlier'), await unpack(run, tarball, 'current'));
      },
    };
    const results = await runTasks({ ...buildTasks(), pack, earlier, compare }, ['compare']);
    console.log(results.compare);
  });

/** Runs a file of the project in Node, with this terminal; this script ends with its exit code. */
function runProgram(args) {
  runCommand(process.execPath, args);
}

/** Runs a command with this terminal; this script ends with its exit code. */
function runCommand(command, args) {
  const { status } = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof UserError ? error.message : error.stack}`);
  process.exitCode = 1;
}
