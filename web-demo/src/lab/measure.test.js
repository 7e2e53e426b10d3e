// The clocks in these tests are simulated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockStep, measure, quartilesOf, sampleLength, timedCall } from './measure.js';

const expected = { shape: [3], data: Float64Array.of(1, 2, 4) };

/** Simulates a clock with some step and calls with given costs, in milliseconds. */
function simulation(step = 1e-6) {
  let time = 1000;
  let alive = 0;
  const calls = [];
  const candidate = (id, costs, data = Float32Array.from(expected.data)) => {
    let count = 0;
    const run = () => {
      time += typeof costs === 'number' ? costs : costs(count++);
      calls.push(id);
      alive += 1;
      return { shape: expected.shape, dataSync: () => data, dispose: () => (alive -= 1) };
    };
    return { id, call: timedCall(run, { now: () => Math.floor(time / step) * step }) };
  };
  return { calls, candidate, alive: () => alive };
}

test('the median and the quartiles are interpolated', async () => {
  assert.deepEqual(quartilesOf([3]), { lower: 3, median: 3, upper: 3 });
  assert.deepEqual(quartilesOf([4, 1]), { lower: 1.75, median: 2.5, upper: 3.25 });
  assert.deepEqual(quartilesOf([5, 1, 4, 2, 3]), { lower: 2, median: 3, upper: 4 });
});

test('a sample is long compared with the step of the clock, within limits', async () => {
  let time = 0;
  assert.equal(clockStep(() => Math.floor((time += 0.03) / 0.5) * 0.5), 0.5); // prettier-ignore
  assert.deepEqual([0.005, 1, 100].map(sampleLength), [10, 25, 250]);
});

test('a sample does not include the call before it', async () => {
  const { calls, candidate, alive } = simulation();
  const { call } = candidate('a', (count) => (count === 0 ? 500 : 3));
  assert.equal(await call.sample(4), 3);
  assert.equal(calls.length, 5);
  assert.equal(await call.sample(1), 3);
  assert.equal(calls.length, 6, 'a single call needs no call before it');
  assert.equal(alive(), 0, 'all results are disposed');
});

test('candidates take samples in turn', async () => {
  const { calls, candidate, alive } = simulation();
  const results = await measure([candidate('a', 1), candidate('b', 2)], expected, { time: 400, sampleLength: 10 });
  assert.deepEqual(
    results.map(({ id, status, median, callsPerSample, error }) => [id, status, median, callsPerSample, error]),
    [
      ['a', 'ok', 1, 10, 0],
      ['b', 'ok', 2, 5, 0],
    ],
  );
  const [, , , , ...samples] = calls.join('').match(/a+|b+/g); // without the first calls and the warm-ups
  const interleaved = samples.slice(0, 2 * Math.min(...results.map((result) => result.samples)));
  interleaved.forEach((sample, i) => assert.equal(sample, i % 2 ? 'b'.repeat(6) : 'a'.repeat(11)));
  assert.equal(alive(), 0);
});

test('slow candidates get a minimum number of samples, and do not use the time of fast candidates', async () => {
  const { candidate } = simulation();
  const candidates = [candidate('fast', 1), candidate('slow', 200), candidate('very slow', 5000)];
  const results = await measure(candidates, expected, { time: 300, sampleLength: 10 });
  assert.deepEqual(
    results.map(({ samples, callsPerSample, median }) => [samples, callsPerSample, median]),
    [
      [17, 10, 1], // 1 ms for the first call, 120 ms to warm up, 11 ms for each sample
      [3, 1, 200],
      [1, 1, 5000],
    ],
  );
});

test('samples get more calls when calls become faster', async () => {
  const { candidate } = simulation();
  const becomesFaster = candidate('a', (count) => (count < 30 ? 8 : 0.5));
  const [result] = await measure([becomesFaster], expected, { time: 1000, sampleLength: 10 });
  assert.deepEqual([result.callsPerSample, result.median], [20, 0.5]);
});

test('after a pause in the warm-up, samples get enough calls, also with a clock that shows 0 for one call', async () => {
  const { candidate } = simulation(1);
  const pausesOnce = candidate('a', (count) => (count === 1 ? 300 : 0.25));
  const [result] = await measure([pausesOnce], expected, { time: 1000, sampleLength: 25 });
  assert.deepEqual([result.callsPerSample, result.median], [100, 0.25]);
});

test('the page does not time wrong results, failures and missing kernels', async () => {
  const { candidate } = simulation();
  const fails = timedCall(
    () => assert.fail('it broke'),
    () => 0,
  );
  const results = await measure(
    [
      candidate('close', 1, Float32Array.of(1, 2, 4.0003)),
      candidate('wrong', 1, Float32Array.of(1, 2, 4.001)),
      candidate('NaN', 1, Float32Array.of(1, NaN, 4)),
      { id: 'fails', call: fails },
      { id: 'no kernel' },
      { id: 'not prepared', problem: 'it did not start' },
    ],
    expected,
    { time: 200, sampleLength: 10 },
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
  assert.equal(results[2].error, Infinity);
  assert.ok(results.slice(1).every(({ median }) => median === undefined));
});

test('the progress increases to 1', async () => {
  const { candidate } = simulation();
  const reports = [];
  const options = { time: 500, sampleLength: 10, report: (fraction) => reports.push(fraction) };
  await measure([candidate('a', 1), candidate('b', 70)], expected, options);
  assert.deepEqual(
    reports,
    [...reports].sort((a, b) => a - b),
  );
  assert.equal(reports.at(-1), 1);
});
