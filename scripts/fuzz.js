import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import pLimit from 'p-limit';
import { projectRoot } from './project-root.js';
import { filesUnder } from './test/files-under.js';

/** The files of tests/fuzz/ that define `run` are fuzz targets. */
export const nativeTargets = filesUnder('tests/fuzz', /\.cpp$/)
  .filter((file) => /^void run\(FuzzedDataProvider/m.test(readFileSync(join(projectRoot, file), 'utf8')))
  .map((file) => basename(file, '.cpp'));

const javascriptFiles = Object.fromEntries(
  filesUnder('tests/js', /fuzz-[^/]*\.test\.js$/).map((file) => [
    `js_${basename(file, '.test.js').replace('fuzz-', '').replaceAll('-', '_')}`,
    file,
  ]),
);

/** The tests of the JavaScript API whose names begin with fuzz-. */
export const javascriptTargets = Object.keys(javascriptFiles);

/** The numbers of inputs in `npm test`, for about three seconds for each target. */
const inputsOf = (target) => (/dense|forward|gradient/.test(target) ? 6_000 : 60_000);

/**
 * Runs native fuzz targets: first the stored cases, then new inputs for `seconds`, or without `seconds` a fixed number of inputs.
 *
 * @param {import('./run-tasks.js').Run} run
 * @param {{ targets: string[], seconds?: number, seed: number }} options
 * @returns {Promise<{ name: string, cases: number, inputs: number, failure: string }[]>} a row for each target
 */
export async function fuzzNative(run, { targets, seconds, seed }) {
  const limit = pLimit(availableParallelism());
  return Promise.all(targets.map((name) => limit(() => fuzzTarget(run, name, seconds, seed))));
}

async function fuzzTarget(run, name, seconds, seed) {
  const program = `build/native/fuzz/fuzz_${name}`;
  const found = `tests/fuzz/cases/${name}`;
  const cases = filesUnder(found, /./);
  const row = { name, cases: cases.length, inputs: 0, failure: '' };
  if (cases.length > 0 && (await run(program, ['-timeout=20', ...cases], { mayFail: true })).failure) {
    return { ...row, failure: 'a stored case fails' };
  }
  // Inputs that reached new code are kept, so that a long run continues where the last one ended. A short run always starts anew.
  const corpus = `build/fuzz/${seconds ? 'corpus' : 'short'}/${name}`;
  if (!seconds) await rm(join(projectRoot, corpus), { recursive: true, force: true });
  for (const folder of [corpus, found]) await mkdir(join(projectRoot, folder), { recursive: true });
  const amount = seconds ? `-max_total_time=${seconds}` : `-runs=${inputsOf(name)}`;
  const options = ['-timeout=20', '-max_len=1024', '-print_final_stats=1', `-artifact_prefix=${found}/`];
  const { failure, output } = await run(program, [corpus, amount, `-seed=${seed}`, ...options], { mayFail: true });
  row.inputs = Number(output.match(/^stat::number_of_executed_units:\s*(\d+)/m)?.[1] ?? 0);
  if (failure) return { ...row, failure: `the input is in ${found}/; keep it there when the error is fixed` };
  return { ...row, failure: row.inputs > 0 ? '' : 'no input was tried' };
}

/** As `fuzzNative`, for the tests of the JavaScript API. An input that fails is printed with its seed. */
export async function fuzzJavascript(run, { targets, seconds, seed }) {
  const limit = pLimit(availableParallelism());
  const fuzz = async (name) => {
    const env = { DEPTHWISE_FUZZ_SECONDS: String(seconds), DEPTHWISE_FUZZ_SEED: String(seed) };
    const args = ['--import=./tests/as-simd.js', '--test', '--test-reporter=tap', javascriptFiles[name]];
    const { failure, output } = await run(process.execPath, args, { env, mayFail: true });
    const inputs = Number(output.match(/^\s*# (\d+) inputs/m)?.[1] ?? 0);
    return {
      name,
      cases: 0,
      inputs,
      failure: failure ? `${failure}\n${output}` : inputs > 0 ? '' : 'no input was tried',
    };
  };
  return Promise.all(targets.map((name) => limit(fuzz, name)));
}
