import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { suites } from '../../../scripts/test/suites.js';
import { projectRoot } from './child.js';

// Whether the commands that a page shows can be given: that there are such scripts, files, presets and options.

const readJson = (name) => JSON.parse(readFileSync(join(projectRoot, name), 'utf8'));
const { scripts } = readJson('package.json');
const presets = readJson('CMakePresets.json');

/** Programs of others, whose arguments are theirs to check. */
const OF_OTHERS = ['./emsdk', 'apt-get', 'cd', 'clang-format-14', 'ctest', 'export', 'git', 'mkdir', 'source', 'tar'];

/** npm's own commands, beside `start`, `test` and `run`, which are scripts of the project. */
const OF_NPM = ['audit', 'ci', 'install', 'pack', 'publish', 'version', 'view'];

/**
 * What is wrong with the commands of a block, each line one or several joined by &&.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function problemsOfCommands(text) {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean)
    .flatMap((line) => line.split(' && '))
    .map((command) => [command, problemOf(wordsOf(command))])
    .filter(([, problem]) => problem)
    .map(([command, problem]) => `\`${command}\`: ${problem}`);
}

/** Words as a shell has them, for what is shown: quotes hold words together. */
function wordsOf(command) {
  return (command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

function problemOf([program, ...args]) {
  if (program === 'npm') return problemOfNpm(args);
  if (program === 'npx') return problemOfNpx(args);
  if (program === 'node') return problemOfNode(args);
  if (program === 'emcmake') return problemOf(args);
  if (program === 'cmake') return problemOfCmake(args);
  return OF_OTHERS.includes(program) ? '' : 'nothing here knows whether there is such a command';
}

function problemOfNpm([command, ...args]) {
  if (OF_NPM.includes(command)) return '';
  const [name, ...rest] = command === 'run' ? args : [command, ...args];
  if (!scripts[name]) return `package.json has no script '${name}'`;
  const given = rest.includes('--') ? rest.slice(rest.indexOf('--') + 1) : rest;
  return problemOfOptions(given, helpOf(name)) || (name === 'test' ? problemOfSuites(given) : '');
}

function problemOfSuites(args) {
  const names = args[args.indexOf('--only') + 1]?.split(',') ?? [];
  const unknown = args.includes('--only') && names.find((name) => !Object.hasOwn(suites, name));
  return unknown ? `there is no suite '${unknown}'` : '';
}

function problemOfNpx(args) {
  const quoted = args.indexOf('-c');
  if (quoted >= 0) return problemOf(wordsOf(args[quoted + 1]));
  return existsSync(join(projectRoot, 'node_modules/.bin', args[0])) ? '' : `there is no ${args[0]} in node_modules`;
}

function problemOfNode(args) {
  const files = args.filter((word) => /^[^-].*\.m?js$/.test(word));
  const missing = files.find((file) => !existsSync(join(projectRoot, file)));
  return missing ? `there is no file ${missing}` : '';
}

function problemOfCmake(args) {
  const at = args.indexOf('--preset');
  if (at < 0) return '';
  const [kind] = ['workflow', 'build', 'test'].filter((each) => args.includes(`--${each}`));
  const known = presets[`${kind ?? 'configure'}Presets`].map(({ name }) => name);
  return known.includes(args[at + 1]) ? '' : `CMakePresets.json has no ${kind ?? 'configure'} preset '${args[at + 1]}'`;
}

function problemOfOptions(args, help) {
  const unknown = args
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0])
    .find((option) => !new RegExp(`(^|[\\s,])${option}\\b(?!-)`, 'm').test(help()));
  return unknown ? `its --help does not have ${unknown}` : '';
}

const helps = new Map();

/** Returns a function that returns the help text of a script of package.json. A program that `run` starts prints its own, without a build. */
function helpOf(name) {
  return () => {
    const words = scripts[name].split(' ').slice(1);
    const args = words[1] === 'run' ? [words.at(-1)] : words;
    if (!helps.has(name)) {
      const options = { cwd: projectRoot, encoding: /** @type {const} */ ('utf8') };
      helps.set(name, spawnSync(process.execPath, [...args, '--help'], options).stdout);
    }
    return helps.get(name);
  };
}
