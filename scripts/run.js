import { buildModule } from './cmake.js';
import { runProgram } from './program.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript } from './steps.js';

// node scripts/run.js [--target NAME] FILE [ARGUMENT…]: a program of the project that needs the built module, also in a fresh clone, and
// with --target what CMake builds only when it is asked to.

const [first, second, ...rest] = process.argv.slice(2);
const [targets, program] = first === '--target' ? [[second], rest] : [[], process.argv.slice(2)];

runScript(async () => {
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten(), { targets });
  await runProgram(program);
});
