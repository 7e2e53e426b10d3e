import { parseArgs } from 'node:util';
import { SetupError } from './steps.js';

/**
 * The options of the command line, as `parseArgs` of node:util wants them described. What is wrong with them is told together with `help`.
 *
 * @param {import('node:util').ParseArgsConfig['options']} options
 * @param {string} help
 * @returns {Record<string, any>}
 */
export function readOptions(options, help) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n\n${help}`);
  }
}

/**
 * Those of `names` that an option lists, separated by commas; all where it is not given.
 *
 * @param {string} option
 * @param {string | undefined} list
 * @param {string[]} names
 */
export function chosen(option, list, names) {
  if (list === undefined) return names;
  const listed = list.split(',');
  const unknown = listed.find((name) => !names.includes(name));
  if (unknown === undefined) return listed;
  throw new SetupError(`--${option}: there is no '${unknown}'; allowed are ${names.join(', ')}.`);
}
