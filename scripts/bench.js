import { buildBenchLimits, buildModule } from './cmake.js';
import { runProgram } from './program.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript } from './steps.js';

// node scripts/bench.js FILE [ARGUMENT…]: as run.js, for a program that also needs the packages of bench/peers/, which are those it
// compares with, and the module that measures the machine.

runScript(async () => {
  await installNodeModules();
  await installNodeModules('bench/peers');
  const emscripten = await findOrInstallEmscripten();
  await buildModule(emscripten);
  await buildBenchLimits(emscripten);
  await runProgram(process.argv.slice(2));
});
