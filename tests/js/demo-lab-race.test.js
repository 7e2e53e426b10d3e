// How the demo's speed lab measures. Clocks are made up here, nothing is timed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';
import { randomValues, reference } from '../../bench/shared/reference.js';
import { parseShape } from '../../bench/shared/layers.js';
import { passesOf } from '../../bench/shared/depthwise.js';
import { clockStep, turnLength } from '../../web-demo/src/lab/clock.js';
import { race } from '../../web-demo/src/lab/race.js';
import { runnerOf } from '../../web-demo/src/lab/runner.js';
import { spreadOf } from '../../web-demo/src/lab/spread.js';

const right = { shape: [3], data: Float64Array.of(1, 2, 4) };

/** A world with a clock of its own: what runs in it says how long it takes. */
function world() {
  let time = 1000;
  const calls = [];
  let alive = 0;
  const now = () => time;
  const entrant = (id, costs, data = Float32Array.from(right.data)) => {
    let call = 0;
    const run = () => {
      time += typeof costs === 'number' ? costs : costs(call++);
      calls.push(id);
      alive += 1;
      return { shape: right.shape, dataSync: () => data, dispose: () => (alive -= 1) };
    };
    return { id, runner: runnerOf(run, now) };
  };
  return { now, calls, entrant, alive: () => alive };
}

test('the median and the quartiles are on the straight line between the values next to them', () => {
  assert.deepEqual(spreadOf([3]), { lower: 3, median: 3, upper: 3 });
  assert.deepEqual(spreadOf([4, 1]), { lower: 1.75, median: 2.5, upper: 3.25 });
  assert.deepEqual(spreadOf([5, 1, 4, 2, 3]), { lower: 2, median: 3, upper: 4 });
  const values = [10, 2];
  spreadOf(values);
  assert.deepEqual(values, [10, 2], 'the values stay as they are');
});

test('the step of a clock is the smallest that it is seen to make, and a turn is long beside it', () => {
  let time = 0;
  const coarse = () => Math.floor((time += 0.03) / 0.5) * 0.5;
  assert.equal(clockStep(coarse), 0.5);
  assert.equal(turnLength(0.005), 10);
  assert.equal(turnLength(1), 25);
  assert.equal(turnLength(100), 250);
});

test('a turn is one call that is not timed and some that are, and its time is divided by those', () => {
  const { calls, entrant, alive } = world();
  const { runner } = entrant('a', (call) => (call === 0 ? 500 : 3));
  assert.equal(runner.turn(4), 3);
  assert.equal(calls.length, 5);
  assert.equal(runner.turn(1), 3);
  assert.equal(calls.length, 6, 'a long call needs none before it');
  assert.equal(alive(), 0, 'every result is disposed of');
});

test('all are checked and warmed up, and then take turns', () => {
  const { calls, entrant, alive } = world();
  const options = { time: 400, turn: 10 };
  const results = race([entrant('a', 1), entrant('b', 2)], right, options);
  assert.deepEqual(
    results.map(({ id, status, median, callsPerTurn, error }) => [id, status, median, callsPerTurn, error]),
    [
      ['a', 'ok', 1, 10, 0],
      ['b', 'ok', 2, 5, 0],
    ],
  );
  const turns = calls.join('').match(/a+|b+/g);
  assert.deepEqual(turns.slice(0, 2), ['a', 'b'], 'the first call of each is looked at before any is timed');
  const [, , warmA, warmB, ...rest] = turns;
  assert.deepEqual([warmA.length, warmB.length], [120, 60]);
  const together = rest.slice(0, 2 * Math.min(...results.map((result) => result.turns)));
  together.forEach((turn, i) => assert.equal(turn, i % 2 ? 'b'.repeat(6) : 'a'.repeat(11)));
  assert.equal(alive(), 0);
});

test('who has used up the time drops out, the others go on, and slow calls are made a few times all the same', () => {
  const { calls, entrant } = world();
  const results = race([entrant('quick', 1), entrant('slow', 200), entrant('slowest', 5000)], right, {
    time: 300,
    turn: 10,
  });
  assert.deepEqual(
    results.map(({ turns, callsPerTurn, median }) => [turns, callsPerTurn, median]),
    [
      [17, 10, 1], // 1 for the first call, 120 to warm up, 11 a turn
      [3, 1, 200],
      [1, 1, 5000],
    ],
  );
  assert.equal(calls.filter((id) => id === 'slowest').length, 1);
});

test('turns become longer where calls become faster', () => {
  const { entrant } = world();
  const [result] = race([entrant('a', (call) => (call < 30 ? 8 : 0.5))], right, { time: 1000, turn: 10 });
  assert.equal(result.callsPerTurn, 20);
  assert.equal(result.median, 0.5);
});

test('a turn that was disturbed does not move the median', () => {
  const { entrant } = world();
  const [result] = race([entrant('a', (call) => (call % 100 === 0 ? 50 : 1))], right, { time: 2000, turn: 10 });
  assert.equal(result.median, 1);
  assert.ok(result.lower <= result.median && result.median <= result.upper);
});

test('nobody is timed who is wrong, throws, has no kernel or is not there', () => {
  const { calls, entrant } = world();
  const results = race(
    [
      entrant('near', 1, Float32Array.of(1, 2, 4.0003)),
      entrant('wrong', 1, Float32Array.of(1, 2, 4.001)),
      entrant('not finite', 1, Float32Array.of(1, NaN, 4)),
      {
        id: 'throws',
        runner: runnerOf(
          () => assert.fail('it broke'),
          () => 0,
        ),
      },
      { id: 'none' },
      { id: 'absent', problem: 'it did not start' },
    ],
    right,
    { time: 200, turn: 10 },
  );
  assert.deepEqual(
    results.map(({ status, message }) => [status, message]),
    [
      ['ok', undefined],
      ['wrong', undefined],
      ['wrong', undefined],
      ['failed', 'it broke'],
      ['none', undefined],
      ['failed', 'it did not start'],
    ],
  );
  assert.ok(Math.abs(results[1].error - 0.001 / 4) < 1e-7);
  assert.equal(results[2].error, Infinity);
  for (const { median } of results.slice(1)) assert.equal(median, undefined);
  assert.equal(calls.filter((id) => id !== 'near').length, 2, 'one call of each that is looked at');
});

test('progress goes up, and to the end', () => {
  const { entrant } = world();
  const told = [];
  race([entrant('a', 1), entrant('b', 70)], right, { time: 500, turn: 10, report: (part) => told.push(part) });
  assert.ok(told.length > 10);
  told.forEach((part, i) => assert.ok(part >= (told[i - 1] ?? 0) && part <= 1, String(part)));
  assert.equal(told.at(-1), 1);
});

test("this package's results are right for what the page checks with", async () => {
  const dw = await load();
  for (const shape of ['2x5x6x7,3x2,stride=2x1', '1x7x7x4,3x3,dilation=2,multiplier=2', '1x6x6x3,3x3,pad=1']) {
    const layer = parseShape(shape, 'own');
    const values = randomValues(layer);
    for (const pass of ['forward', 'input', 'filter']) {
      const run = passesOf(dw, layer, values)[pass];
      let time = 0;
      const entrant = { id: 'simd', runner: runnerOf(run, () => (time += 20)) };
      const [{ status, error }] = race([entrant], reference(layer, pass, values), { time: 1, turn: 10 });
      assert.equal(status, 'ok', `${shape} ${pass}`);
      assert.ok(error < 1e-6, `${shape} ${pass}: ${error}`);
    }
  }
});
