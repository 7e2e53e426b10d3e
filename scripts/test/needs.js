import { findOrInstallCatch2 } from '../setup/catch2.js';
import { findOrInstallEmscripten } from '../setup/emscripten.js';
import { installNodeModules } from '../setup/node-modules.js';

/** What several suites need is set up by the first. */
export const nodeModules = once(installNodeModules);
export const emscripten = once(findOrInstallEmscripten);
export const catch2 = once(findOrInstallCatch2);

function once(work) {
  let result;
  return () => (result ??= work());
}
