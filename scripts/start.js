import { spawn } from 'node:child_process';
import { buildModule } from './cmake.js';
import { projectRoot } from './project-root.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript } from './steps.js';

runScript(async () => {
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten());
  // The comparison draws its own progress, so it gets the terminal as it is.
  const args = ['bench/compare/main.js', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
});
