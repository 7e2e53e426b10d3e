import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { run } from '../steps.js';
import { nodeTool } from '../test/check.js';

const folder = join(projectRoot, 'build/coverage/js');
const counts = join(folder, 'v8');

/** Forgets what was counted. Gives the environment in which Node, and children of it, count what they run. */
export async function beginCounting() {
  await rm(folder, { recursive: true, force: true });
  return { NODE_V8_COVERAGE: counts };
}

/**
 * What has been reached of js/ since, told by c8: a table, and the share of all lines in per cent. Every line goes to
 * build/coverage/js/html/.
 */
export async function jsCoverage() {
  const table = await run(
    nodeTool('c8'),
    [
      'report',
      `--temp-directory=${counts}`,
      '--all',
      '--src=js',
      '--include=js/**/*.js',
      '--reporter=text',
      '--reporter=html',
      `--reports-dir=${join(folder, 'html')}`,
    ],
    { cwd: projectRoot },
  );
  const [, , , lines] =
    table
      .match(/^All files.*$/m)?.[0]
      .split('|')
      .slice(1) ?? [];
  return { table, lines: Number(lines) };
}
