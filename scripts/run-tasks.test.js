import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './project-root.js';
import { MAX_HEAVY, runTasks, settleTasks, UserError } from './run-tasks.js';

const task = (needs, work) => ({ title: 'test of run-tasks', needs, work });

test('a task runs once, after the tasks that it needs, and gets their values', async () => {
  const order = [];
  const tasks = {
    base: task([], async () => (order.push('base'), 1)),
    left: task(['base'], async (_, { base }) => base + 1),
    right: task(['base'], async (_, { base }) => base + 2),
    top: task(['left', 'right'], async (_, { left, right }) => left + right),
  };
  assert.deepEqual(await runTasks(tasks, ['top', 'left']), { top: 5, left: 2 });
  assert.deepEqual(order, ['base']);
});

test('heavy tasks that wait for a processor start in the order of the goals, after what goals need', async () => {
  const order = [];
  const heavy = (name, needs, work = async () => {}) => ({
    ...task(needs, () => (order.push(name), work())),
    heavy: true,
  });
  const waits = deferred();
  const busy = Array.from({ length: MAX_HEAVY }, (_, i) => `busy ${i}`);
  const tasks = {
    ...Object.fromEntries(busy.map((name) => [name, heavy(name, [], () => waits.promise)])),
    ready: task([], async () => {}),
    first: heavy('first', ['ready']),
    second: heavy('second', []),
    needed: heavy('needed', ['ready']),
    last: heavy('last', ['needed']),
  };
  setTimeout(() => waits.resolve(), 20);
  await settleTasks(tasks, [...busy, 'first', 'second', 'last']);
  assert.deepEqual(order.slice(busy.length), ['needed', 'first', 'second', 'last']);
});

function deferred() {
  const result = {};
  result.promise = new Promise((resolve) => (result.resolve = resolve));
  return result;
}

test('a failure reaches the tasks that need the failed task, and no other', async () => {
  let ran = false;
  const tasks = {
    bad: task([], async () => {
      throw new UserError('bad');
    }),
    dependent: task(['bad'], async () => (ran = true)),
    other: task([], async () => 'ok'),
  };
  const { dependent, other } = await settleTasks(tasks, ['dependent', 'other']);
  assert.match(dependent.error.message, /not started/);
  assert.equal(ran, false);
  assert.equal(other.value, 'ok');
  await assert.rejects(runTasks(tasks, ['dependent']), /^Error: bad|bad/);
});

test('run returns and logs the output of a command, and rejects with it if the command fails', async () => {
  const node = (source) => [process.execPath, ['--eval', source]];
  const tasks = {
    'test-of-run': task([], async (run) => {
      const { output } = await run(...node('console.log("out"); console.error("err")'));
      const { failure } = await run(...node('process.exit(3)'), { mayFail: true });
      return { output, failure };
    }),
    'test-of-failure': task([], (run) => run(...node('console.log("reason"); process.exit(3)'))),
  };
  const { output, failure } = (await runTasks(tasks, ['test-of-run']))['test-of-run'];
  assert.match(output, /out/);
  assert.match(output, /err/);
  assert.match(failure, /exit code 3/);
  assert.match(readFileSync(join(projectRoot, 'build/logs/test-of-run.log'), 'utf8'), /out/);
  await assert.rejects(runTasks(tasks, ['test-of-failure']), /exit code 3[^]*reason/);
});
