import { packPackage } from '../pack.js';
import { findOrInstallBrowsers } from '../setup/browsers.js';
import { installNodeModules } from '../setup/node-modules.js';
import { filesUnder } from './files-under.js';
import { emscripten, nodeModules } from './needs.js';
import { nodeTestFiles } from './node-test-files.js';

/** The package as its users get it: packed once, and installed into projects that are made for the purpose. */
export async function packageTests() {
  await findOrInstallBrowsers();
  await nodeModules();
  await installNodeModules('tests/package');
  await emscripten(); // npm pack builds, and would set it up without showing progress
  await packPackage();
  return nodeTestFiles('Tests of the package', filesUnder('tests/package', /^[^/]*\.test\.js$/));
}
