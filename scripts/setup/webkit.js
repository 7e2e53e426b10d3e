import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../run-tasks.js';
import { debianRelease, installPackages } from './debian.js';
import { findOnPath } from './find-on-path.js';

const PACKAGES = ['webkit2gtk-driver', 'xvfb'];
const LIBRARIES = '/usr/lib';

/** Makes sure that WebKitGTK, its WebDriver and a virtual display are installed. @param {import('../run-tasks.js').Run} run */
export async function setUpWebKit(run) {
  if (debianRelease()) await installPackages(run, PACKAGES);
  webKitCommands();
}

/** Returns the paths of WebDriver for WebKitGTK, of the server of the display, and of the browser. */
export function webKitCommands() {
  const commands = {
    driver: findOnPath('WebKitWebDriver'),
    server: findOnPath('Xvfb'),
    binary: findBrowser(),
  };
  const missing = Object.values(commands).some((path) => !path);
  if (missing) {
    throw new UserError(
      `The tests in WebKit need WebKitWebDriver and Xvfb on PATH, and MiniBrowser of WebKitGTK. Install them (Debian's packages: ${PACKAGES.join(', ')}) and try again.`,
    );
  }
  return commands;
}

/** MiniBrowser is not on PATH. Debian puts it into a folder of the processor's name, and of the version of the library. */
function findBrowser() {
  const folders = readdirSync(LIBRARIES).flatMap((processor) =>
    ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0'].map((version) => join(LIBRARIES, processor, version)),
  );
  return folders.map((folder) => join(folder, 'MiniBrowser')).find((path) => existsSync(path));
}
