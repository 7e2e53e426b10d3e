import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suites } from '../../../scripts/test/suites.js';
import { projectRoot } from './child.js';

const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));

/** The commands of npm itself that pages use. `start`, `test` and `run` are scripts of the project. */
const NPM_COMMANDS = ['audit', 'ci', 'install', 'ls', 'pack', 'publish', 'version', 'view'];

/**
 * Returns the commands of a text that use a script, a test suite or a file that does not exist. Programs other than npm and node are not
 * checked.
 *
 * @param {string} text shell commands, one or more on each line
 * @returns {string[]}
 */
export function unknownCommands(text) {
  const commands = text.split(/\n|&&/).map((command) => command.replace(/(^|\s)#.*$/, '').trim());
  return commands.filter((command) => !isKnown(command.split(/\s+/)));
}

function isKnown([program, ...args]) {
  if (program === 'node') {
    return args.filter((word) => /^[^-].*\.js$/.test(word)).every((file) => existsSync(join(projectRoot, file)));
  }
  if (program !== 'npm' || NPM_COMMANDS.includes(args[0])) return true;
  const only = args.indexOf('--only');
  const isThere = args.includes('test:environments')
    ? (name) => existsSync(join(projectRoot, `tests/environments/${name}.test.js`))
    : (suite) => Object.hasOwn(suites, suite);
  if (only >= 0 && !args[only + 1].split(',').every(isThere)) return false;
  return Object.hasOwn(scripts, args[0] === 'run' ? args[1] : args[0]);
}
