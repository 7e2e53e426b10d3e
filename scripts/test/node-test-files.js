import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from '../cmake.js';
import { projectRoot } from '../project-root.js';
import { run, step } from '../steps.js';
import { tapCounts } from './counts.js';
import { emscripten, nodeModules } from './needs.js';
import { judged } from './verdict.js';

/**
 * Test files, run by Node: those of browsers too, which they start.
 *
 * @param {string} title
 * @param {string[]} files
 * @param {{ nodeArguments?: string[], env?: Record<string, string> }} [options] `env` is added to the environment
 */
export async function nodeTestFiles(title, files, { nodeArguments = [], env = {} } = {}) {
  // Without a file to run, node would search the whole tree for tests.
  if (files.length === 0) return judged({ passed: 0, failed: 0 }, '');
  await nodeModules();
  await buildModule(await emscripten());
  const tap = join(projectRoot, 'build', `${title.replaceAll(' ', '-')}.tap`);
  const args = [
    ...nodeArguments,
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...files,
  ];
  return step(title, async () => {
    const { outcome } = await run(process.execPath, args, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      show: true,
      mayFail: true,
    });
    return judged(tapCounts(readFileSync(tap, 'utf8')), outcome);
  });
}
