import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { filesUnder } from './test/files-under.js';
import { nodeTestFiles } from './test/node-test-files.js';

/**
 * The two coverage reports, as tasks: the native C++ tests, counted by clang, and the JavaScript tests in Node, counted by c8. Each
 * resolves to a table. Every line is in build/coverage/NAME/html/.
 *
 * @param {Record<string, import('./run-tasks.js').Task>} build the tasks of `buildTasks`
 */
export function coverageTasks(build) {
  return {
    ...build,
    cpp: { title: 'Coverage of cpp/', needs: ['coverageTests'], heavy: true, work: cppCoverage },
    js: { title: 'Coverage of js/', needs: ['wasm'], heavy: true, work: jsCoverage },
  };
}

async function emptyFolder(name) {
  await rm(join(projectRoot, name), { recursive: true, force: true });
  await mkdir(join(projectRoot, name), { recursive: true });
  return name;
}

async function cppCoverage(run, { llvm }) {
  const folder = await emptyFolder('build/coverage/cpp');
  const program = 'build/coverage-native/tests/depthwise_tests';
  const [counts, profile] = [`${folder}/tests.profraw`, `${folder}/tests.profdata`];
  await run(program, [], { env: { LLVM_PROFILE_FILE: counts } });
  await run(llvm['llvm-profdata'], ['merge', '-sparse', counts, '-o', profile]);
  const report = (command, ...options) => {
    const input = [program, `-instr-profile=${profile}`, '-ignore-filename-regex=(tests/|/usr/|catch)'];
    return run(llvm['llvm-cov'], [command, ...input, ...options]);
  };
  await report('show', '-format=html', `-output-dir=${folder}/html`, '-show-branches=count');
  return (await report('report', '-show-region-summary=false', '-show-branch-summary=true')).output;
}

async function jsCoverage(run) {
  const folder = await emptyFolder('build/coverage/js');
  const env = { NODE_V8_COVERAGE: join(projectRoot, folder, 'v8') };
  await nodeTestFiles(run, 'coverage', filesUnder('tests/js', /\.test\.js$/), {
    nodeArguments: ['--import=./tests/as-simd.js'],
    env,
  });
  const files = [
    '--all',
    '--src=js',
    '--include=js/**/*.js',
    `--temp-directory=${folder}/v8`,
    `--reports-dir=${folder}/html`,
  ];
  return (await run('node_modules/.bin/c8', ['report', '--reporter=text', '--reporter=html', ...files])).output;
}
