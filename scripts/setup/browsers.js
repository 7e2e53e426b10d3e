import { SetupError } from '../steps.js';
import { installPackages } from './apt.js';
import { findOnPath } from './find-on-path.js';
import { debianSuite } from './os-release.js';

/** The browsers of the tests, each with its commands, the first of which is also the name of Debian's package. */
const commandsOf = {
  Chromium: ['chromium', 'google-chrome', 'google-chrome-stable'],
  Firefox: ['firefox-esr', 'firefox'],
};

export const browserNames = Object.keys(commandsOf);

/** Makes sure that the browsers are on PATH; on Debian it installs missing ones. */
export async function findOrInstallBrowsers() {
  const missing = browserNames.filter((name) => !findBrowser(name));
  if (missing.length === 0) return;
  if (!debianSuite()) throw new SetupError(missing.map(missingText).join('\n'));
  await installPackages(missing.map((name) => commandsOf[name][0]));
}

/** The path of a browser's command. */
export function browserPath(name) {
  const path = findBrowser(name);
  if (!path) throw new SetupError(missingText(name));
  return path;
}

function findBrowser(name) {
  return commandsOf[name].map(findOnPath).find(Boolean);
}

function missingText(name) {
  const [packageName] = commandsOf[name];
  return (
    `${name} must be on PATH for the tests in browsers, as one of: ${commandsOf[name].join(', ')}. Install it (Debian ` +
    `names the package ${packageName}) and run this again.`
  );
}
