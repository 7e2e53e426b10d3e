import { spawn } from 'node:child_process';
import { buildModule } from './cmake.js';
import { projectRoot } from './project-root.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript } from './steps.js';

// node scripts/run.js FILE [ARGUMENT…]: a program of the project that needs the built module, also in a fresh clone.

runScript(async () => {
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten());
  // The program draws its own progress, so it gets the terminal as it is.
  const child = spawn(process.execPath, process.argv.slice(2), { cwd: projectRoot, stdio: 'inherit' });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
});
