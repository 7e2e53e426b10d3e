import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { installNodeModules } from './setup/node-modules.js';
import { run, step } from './steps.js';

/** Vite's command, as what `node` is to run. */
export const viteCommand = 'web-demo/node_modules/vite/bin/vite.js';

/** Where Vite puts the demo: a folder for any static host. */
export const demoFolder = join(projectRoot, 'build/demo');

/** Makes the demo of the wasm module that has been built. */
export async function buildDemo() {
  await installNodeModules('web-demo');
  await step('Building the demo', async () => {
    await run(process.execPath, [viteCommand, 'build', 'web-demo'], { cwd: projectRoot });
  });
}
