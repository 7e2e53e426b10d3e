import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { resultOf, tapCounts } from './counts.js';

const oneProcess = join(projectRoot, 'scripts/test/in-one-process.js');

/**
 * Runs test files with node:test.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {string} name name of the file for the counts
 * @param {string[]} files
 * @param {object} [options]
 * @param {string[]} [options.nodeArguments]
 * @param {Record<string, string>} [options.env]
 * @param {boolean} [options.inOneProcess] whether the files run one after the other in the same process. Default: each in its own
 */
export async function nodeTestFiles(run, name, files, { nodeArguments = [], env = {}, inOneProcess = false } = {}) {
  if (files.length === 0) throw new Error(`${name}: there is no test file`); // node would search the whole project
  const tap = join(projectRoot, `build/logs/${name}.tap`);
  const reporters = [
    ['spec', 'stdout'],
    ['tap', tap],
  ].flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
  const program = inOneProcess ? [oneProcess] : ['--test', `--test-concurrency=${availableParallelism()}`];
  const args = [...nodeArguments, ...reporters, ...program, ...files];
  const { failure } = await run(process.execPath, args, { env, mayFail: true });
  return resultOf(tapCounts(readFileSync(tap, 'utf8')), failure);
}
