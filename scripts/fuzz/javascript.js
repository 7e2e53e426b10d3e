import { basename } from 'node:path';
import { buildModule } from '../cmake.js';
import { projectRoot } from '../project-root.js';
import { findOrInstallEmscripten } from '../setup/emscripten.js';
import { installNodeModules } from '../setup/node-modules.js';
import { run, say, step } from '../steps.js';
import { filesUnder } from '../test/files-under.js';

const files = new Map(
  filesUnder('tests/js', /^fuzz-.*\.test\.js$/).map((file) => [
    basename(file)
      .replace(/^fuzz-(.*)\.test\.js$/, 'js_$1')
      .replaceAll('-', '_'),
    file,
  ]),
);

/** The tests of the API whose names begin with fuzz-; in `npm test` they run for some seconds. */
export const javascriptTargets = [...files.keys()];

/** As `fuzzNative` does it. A value that fails is printed small, with the seed and the path to it, and is for people to make a test of. */
export async function fuzzJavascript({ targets, seconds, seed }) {
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten());
  return step(`Fuzzing the JavaScript API for ${seconds} s a target, seed ${seed}`, async () => {
    const rows = [];
    for (const name of targets) rows.push(await fuzz(name, seconds, seed));
    return rows;
  });
}

async function fuzz(name, seconds, seed) {
  const { outcome, output } = await run(
    process.execPath,
    ['--import=./tests/as-simd.js', '--test', '--test-reporter=tap', files.get(name)],
    {
      cwd: projectRoot,
      env: { ...process.env, DEPTHWISE_FUZZ_SECONDS: String(seconds), DEPTHWISE_FUZZ_SEED: String(seed) },
      mayFail: true,
    },
  );
  const inputs = Number(output.match(/^\s*# (\d+) inputs/m)?.[1] ?? 0);
  if (outcome) say(`\n${name}:\n${output}`);
  const failure = outcome ? 'see above; make a test of it' : inputs > 0 ? '' : 'it has tried no input';
  return { name, cases: 0, inputs, failure };
}
