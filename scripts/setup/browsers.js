import { UserError } from '../run-tasks.js';
import { debianRelease, installPackages } from './debian.js';
import { findOnPath } from './find-on-path.js';

/** The browsers of the tests, each with its commands. The first command is also the name of Debian's package. */
const commandsOf = {
  Chromium: ['chromium', 'google-chrome', 'google-chrome-stable'],
  Firefox: ['firefox-esr', 'firefox'],
};

export const browserNames = Object.keys(commandsOf);

/**
 * Makes sure that the browsers are on PATH; on Debian it installs missing ones.
 *
 * @param {import('../run-tasks.js').Run} run
 */
export async function setUpBrowsers(run) {
  const missing = browserNames.filter((name) => !findBrowser(name));
  if (missing.length === 0) return;
  if (!debianRelease()) throw new UserError(missing.map(missingText).join('\n'));
  await installPackages(
    run,
    missing.map((name) => commandsOf[name][0]),
  );
}

/** Returns the path of a browser's command. */
export function browserPath(name) {
  const path = findBrowser(name);
  if (!path) throw new UserError(missingText(name));
  return path;
}

function findBrowser(name) {
  return commandsOf[name].map(findOnPath).find(Boolean);
}

function missingText(name) {
  const [packageName, ...others] = commandsOf[name];
  return `The tests in browsers need ${name} on PATH as one of: ${[packageName, ...others].join(', ')}. Install it (Debian's package: ${packageName}) and try again.`;
}
