import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { run, step } from '../steps.js';

/** A check is all of its files at once, and counts as one. */
export async function check(title, command, args) {
  return step(title, async () => {
    const { outcome } = await run(command, args, { cwd: projectRoot, show: true, mayFail: true });
    return outcome ? { passed: 0, failed: 1 } : { passed: 1, failed: 0 };
  });
}

export function nodeTool(name) {
  return join(projectRoot, 'node_modules/.bin', name);
}
