import { readFile } from 'node:fs/promises';
import os from 'node:os';
import Table from 'cli-table3';
import { CommanderError, InvalidArgumentError } from 'commander';
import ora from 'ora';

// Options, progress and tables of the programs in bench/.

/** Reads a comma-separated choice and returns it in the order of `allowed`. */
export function listOf(allowed) {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) {
      if (!allowed.includes(name)) throw new InvalidArgumentError(`Allowed are ${allowed.join(', ')}, got '${name}'.`);
    }
    return allowed.filter((name) => names.includes(name));
  };
}

export function positive(text) {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

export function positiveWhole(text) {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** For an option that may be repeated. */
export function append(text, before = []) {
  return [...before, text];
}

/** Returns resolve(options). A wrong option, or a RangeError of `resolve`, ends the process with exit code 2. */
export function readOptions(program, resolve) {
  try {
    program.exitOverride().parse();
    return resolve(program.opts());
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return process.exit(2);
  }
}

/** Shows on stderr what is measured: a spinner in a terminal, one line for each step elsewhere. */
export function createProgress(stepCount = 0) {
  const spinner = process.stderr.isTTY ? ora({ stream: process.stderr, discardStdin: false }).start() : null;
  let position = '';
  let step = 0;
  const say = (text) => {
    if (spinner) spinner.text = text;
    else process.stderr.write(`${text}\n`);
  };
  return {
    say,
    expect(count) {
      stepCount = count;
    },
    next(name) {
      position = `[${++step}/${stepCount}] ${name}`;
      say(position);
    },
    pass(name) {
      if (spinner) spinner.text = `${position} ${name}`;
    },
    end() {
      spinner?.stop();
    },
  };
}

const LINE = { mid: '─', 'top-mid': '', 'mid-mid': '──', 'bottom-mid': '', middle: '  ' };
const EMPTY = [
  'top',
  'top-left',
  'top-right',
  'bottom',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'right',
  'right-mid',
];

/** Returns the lines of a table with one rule, under its head; columns from `numbersFrom` on are aligned to the right. */
export function plainTable({ head, body, numbersFrom }) {
  const table = new Table({
    head,
    chars: { ...LINE, ...Object.fromEntries(EMPTY.map((name) => [name, ''])) },
    colAligns: head.map((_, column) => (column < numbersFrom ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...body);
  const lines = table
    .toString()
    .split('\n')
    .map((text) => text.trimEnd());
  // cli-table3 draws a line between any two rows; only the one under the head is kept.
  return lines.filter((text, index) => index < 2 || !text.startsWith('─'));
}

export async function packageVersion() {
  return JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

export function machine() {
  const cores = os.cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    platform: os.platform(),
    arch: os.arch(),
    node: process.versions.node,
    v8: process.versions.v8,
  };
}

/** One line about the machine and the versions, for the end of a report. */
export function machineText({ cpu, cores, platform, arch, node }, versions, { date, seconds }) {
  return [
    `${cpu} (${cores} cores), ${platform} ${arch}`,
    `Node ${node}`,
    ...versions,
    date.slice(0, 10),
    `measured in ${seconds.toFixed(0)} s`,
  ].join(' · ');
}
