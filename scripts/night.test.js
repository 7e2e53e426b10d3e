import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOfNight, runNight } from './night.js';

test('the amounts of a night are scaled, and each target gets at least one', () => {
  const amounts = (scale) => commandsOfNight(scale, 7).map(({ args }) => args[args.findIndex((each) => /^--(calls|seconds)$/.test(each)) + 1]); // prettier-ignore
  assert.deepEqual(amounts(0.01), ['36', '100000', '10000', '10000', '10000']);
  assert.deepEqual(amounts(1e-9), ['1', '1', '1', '1', '1']);
  for (const { args } of commandsOfNight(1, 7)) assert.equal(args[args.indexOf('--seed') + 1], '7');
});

test('all commands run, and the table shows the command that fails', () => {
  const lines = [];
  const { log, table } = console;
  Object.assign(console, { log: (line) => lines.push(line), table: (rows) => lines.push(...rows) });
  try {
    const isPassed = runNight([
      { name: 'wrong', args: ['check-release', 'no version'] },
      { name: 'right', args: ['--help'] },
    ]);
    assert.equal(isPassed, false);
  } finally {
    Object.assign(console, { log, table });
  }
  const results = lines.filter(({ result }) => result).map(({ name, result }) => `${name} ${result}`);
  assert.deepEqual(results, ['wrong failed', 'right passed']);
});
