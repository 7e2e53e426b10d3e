import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import PQueue from 'p-queue';
import { projectRoot } from './project-root.js';

/** An error that the user can correct: the scripts print its message without a stack. */
export class UserError extends Error {}

/** A task does not start because a task that it needs has failed. */
class NotStarted extends UserError {}

/**
 * One more than processors, because tasks wait for browsers, for disks, and for the last file of a build. With as many as processors, a whole
 * run of the tests used 80 % of two processors.
 */
export const MAX_HEAVY = availableParallelism() + 1;

/**
 * A unit of work. It starts when all tasks that it needs have ended.
 *
 * @typedef {object} Task
 * @property {string} title
 * @property {string[]} [needs] names of other tasks
 * @property {boolean} [heavy] occupies a processor: at most MAX_HEAVY tasks of this kind run at once
 * @property {(run: Run, values: Record<string, any>) => Promise<any>} work `values`: the results of the tasks that have ended
 *
 * @typedef {(command: string, args: string[], options?: RunOptions) => Promise<{ failure: string, output: string }>} Run runs a command in
 *   the project's folder, and resolves to its output and, with `mayFail`, why it failed. Without `mayFail` a failure rejects
 * @typedef {{ cwd?: string, env?: Record<string, string>, mayFail?: boolean }} RunOptions `env` is added to the environment
 */

/**
 * Runs the tasks named by `goals` and all tasks that they need. Tasks that do not need each other run at the same time. If several heavy
 * tasks wait for a processor, the tasks that goals need start first, then the goals in the order of the list. Progress goes to stderr,
 * because a program may read stdout. The output of the commands goes to build/logs/NAME.log.
 *
 * @param {Record<string, Task>} tasks
 * @param {string[]} goals
 * @returns {Promise<Record<string, { value?: any, error?: Error, seconds: number, output: string }>>} the result of each goal
 */
export async function settleTasks(tasks, goals) {
  const queue = new PQueue({ concurrency: MAX_HEAVY });
  const results = {};
  const values = {};
  const started = {};
  const lines = {};

  async function start(name) {
    const { needs = [], heavy, work } = tasks[name];
    await Promise.all(needs.map((need) => (started[need] ??= start(need))));
    const failed = needs.find((need) => results[need].error);
    const job = async () => {
      const result = (results[name] = { seconds: 0, output: '' });
      const begin = performance.now();
      if (!failed) report(`${tasks[name].title} …`);
      try {
        if (failed) throw new NotStarted(`not started, because this failed: ${tasks[failed].title}`);
        const run = commandRunner(name, result, (line) => lines[name]?.(line));
        result.value = values[name] = await work(run, values);
      } catch (error) {
        result.error = error;
      }
      result.seconds = (performance.now() - begin) / 1000;
      if (!failed)
        report(
          `${tasks[name].title}: ${result.error || result.value?.failed > 0 ? 'failed' : 'done'}, ${result.seconds.toFixed(0)} s`,
        );
    };
    await (heavy && !failed ? queue.add(job, { priority: -goals.indexOf(name) }) : job());
  }

  const items = withNeeds(tasks, goals).map((name) => ({
    title: tasks[name].title,
    task: async (_, view) => {
      lines[name] = (line) => (view.output = line);
      await (started[name] ??= start(name));
      const { error, value, seconds } = results[name];
      if (error instanceof NotStarted) throw error;
      if (error || value?.failed > 0) throw new Error(`${tasks[name].title}: failed`);
      view.title += seconds < 0.5 ? '' : `: ${seconds.toFixed(0)} s`;
    },
  }));
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const renderer = process.stderr.isTTY ? 'default' : 'silent';
  await new Listr(items, { concurrent: true, exitOnError: false, renderer, rendererOptions: { logger } }).run();
  return Object.fromEntries(goals.map((name) => [name, results[name]]));
}

/** A terminal shows a list that changes; a log file gets a line for each start and each end. */
function report(line) {
  if (!process.stderr.isTTY) console.error(line);
}

/** As `settleTasks`, but returns the values, and rejects with the error of the first task that failed. */
export async function runTasks(tasks, goals) {
  const names = withNeeds(tasks, goals);
  const results = await settleTasks(tasks, names);
  const failed = names.find((name) => results[name].error);
  if (failed) throw results[failed].error;
  return Object.fromEntries(goals.map((name) => [name, results[name].value]));
}

/** Returns the goals and all tasks that they need, each after the tasks that it needs. */
function withNeeds(tasks, goals) {
  const names = new Set();
  const add = (name) => {
    (tasks[name].needs ?? []).forEach(add);
    names.add(name);
  };
  goals.forEach(add);
  return [...names];
}

/** @returns {Run} */
function commandRunner(name, result, showLine) {
  const log = join(projectRoot, 'build/logs', `${name}.log`);
  mkdirSync(join(log, '..'), { recursive: true });
  rmSync(log, { force: true });
  return async (command, args, { cwd = projectRoot, env, mayFail = false } = {}) => {
    const child = execa(command, args, {
      cwd,
      env,
      all: true,
      stdin: 'ignore',
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 1e9,
    });
    child.all?.setEncoding('utf8').on('data', (text) => {
      result.output += text;
      appendFileSync(log, text);
      const line = text.split(/[\r\n]+/).findLast((part) => part.trim() !== '');
      if (line) showLine(line.trim());
    });
    const { failed, shortMessage, all = '' } = await child;
    if (failed && !mayFail) throw new UserError(`${shortMessage}\n${lastLines(all)}\n(${log})`);
    return { failure: failed ? shortMessage : '', output: all };
  };
}

function lastLines(output) {
  // Keeps only the last state of a line that a program rewrote in place, such as a percentage.
  return output
    .replace(/.*\r(?!\n)/g, '')
    .split('\n')
    .slice(-100)
    .join('\n');
}
