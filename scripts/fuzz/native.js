import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFuzzers } from '../cmake.js';
import { inParallel } from '../in-parallel.js';
import { projectRoot } from '../project-root.js';
import { findOrInstallLlvm } from '../setup/llvm.js';
import { run, say, step } from '../steps.js';
import { filesUnder } from '../test/files-under.js';

/** The programs of tests/fuzz/, each of a file of that name, and how many inputs some ten seconds are enough for. */
const INPUTS = {
  geometry: 600_000,
  forward: 20_000,
  input_gradient: 16_000,
  filter_gradient: 24_000,
  dense_gradients: 40_000,
  layer_config: 400_000,
  layer: 200_000,
};
export const nativeTargets = Object.keys(INPUTS);

/**
 * Runs the cases that were found in earlier runs and then tries new inputs, `seconds` for each of the targets, or a number that is always
 * the same; as many targets at once as there are processors. Resolves to a row for each target: { name, cases, inputs, failure },
 * `failure` being '' or what went wrong.
 */
export async function fuzzNative({ targets, seconds = 0, seed }) {
  await buildFuzzers(await findOrInstallLlvm());
  const rows = [];
  const howLong = seconds ? `${seconds} s a target` : 'some ten seconds a target';
  await step(`Fuzzing the C++ for ${howLong}, seed ${seed}`, async () => {
    await inParallel(targets, async (name) => void rows.push(await fuzz(name, seconds, seed)));
    return { failed: rows.filter(({ failure }) => failure).length };
  });
  return targets.map((name) => rows.find((row) => row.name === name));
}

async function fuzz(name, seconds, seed) {
  const program = join('build/fuzz/fuzz', `fuzz_${name}`);
  const where = { cwd: projectRoot, mayFail: true };
  const cases = filesUnder(`tests/fuzz/cases/${name}`, /./);
  const row = { name, cases: cases.length, inputs: 0, failure: '' };
  if (cases.length > 0) {
    const { outcome, output } = await run(program, ['-timeout=20', ...cases], where);
    if (outcome) return failed(row, 'a stored case', output);
  }
  // What made the program go new ways is kept, and the next run of its kind goes on from there.
  const corpus = join('build/fuzz', seconds ? 'corpus' : 'no-corpus', name);
  if (!seconds) await rm(join(projectRoot, corpus), { recursive: true, force: true });
  const found = join('tests/fuzz/cases', name);
  for (const folder of [corpus, found]) await mkdir(join(projectRoot, folder), { recursive: true });
  const { outcome, output } = await run(
    program,
    [
      corpus,
      `-artifact_prefix=${found}/`,
      seconds ? `-max_total_time=${seconds}` : `-runs=${INPUTS[name]}`,
      `-seed=${seed}`,
      '-timeout=20',
      '-max_len=1024',
      '-print_final_stats=1',
    ],
    where,
  );
  row.inputs = Number(output.match(/^stat::number_of_executed_units:\s*(\d+)/m)?.[1] ?? 0);
  if (outcome) return failed(row, `an input that is now in ${found}/: keep it there once the error is found`, output);
  return row.inputs > 0 ? row : failed(row, 'it has tried no input', output);
}

function failed(row, failure, output) {
  // From the sanitizer's or the target's own message on; before it libFuzzer says how it got on.
  const start = output.search(/^(fuzz: |==\d+==|.*runtime error:)/m);
  say(`\n${row.name}:\n${start < 0 ? output : output.slice(start)}`);
  return { ...row, failure };
}
