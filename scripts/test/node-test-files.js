import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { resultOf, tapCounts } from './counts.js';

/**
 * Runs test files with node:test.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {string} name name of the file for the counts
 * @param {string[]} files
 * @param {string[]} [nodeArguments]
 * @param {Record<string, string>} [env]
 */
export async function nodeTestFiles(run, name, files, nodeArguments = [], env = {}) {
  if (files.length === 0) throw new Error(`${name}: there is no test file`); // node would search the whole project
  const tap = join(projectRoot, `build/logs/${name}.tap`);
  const reporters = [
    ['spec', 'stdout'],
    ['tap', tap],
  ].flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
  const args = [...nodeArguments, '--test', `--test-concurrency=${availableParallelism()}`, ...reporters, ...files];
  const { failure } = await run(process.execPath, args, { env, mayFail: true });
  return resultOf(tapCounts(readFileSync(tap, 'utf8')), failure);
}
