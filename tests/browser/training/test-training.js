import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UNTRAINED } from '../../js/support/tfjs-networks.js';

/** The training hooks compute normalizations with other kernels. Tests in Node call the others. */
const UNCALLED = /Update$|^LayerNorm|^FusedBatchNorm|^Tile$/;

/** Of the value, or of 1 if the value is smaller: float32 sums in another order, through five steps. */
const TOLERANCE = 1e-5;

/** Adds tests of a report of report-on-training.js. @param {() => Promise<any>} reportOnce */
export function testTraining(reportOnce) {
  test('training gives the losses of the cpu backend, which fall, while the memory grows', async () => {
    const { cpu, wasm, hasMemoryGrown } = await reportOnce();
    assert.ok(hasMemoryGrown);
    assertAgree(wasm.losses, cpu.losses, 'loss');
    const falls = cpu.losses.every((loss, i) => i === 0 || loss < cpu.losses[i - 1]);
    assert.ok(falls, `${cpu.losses}`);
  });

  test('the fused convolution gives the result of the cpu backend', async () => {
    const { cpu, wasm } = await reportOnce();
    assertAgree(wasm.prediction, cpu.prediction, 'element');
    assert.ok(cpu.prediction.some((value) => value > 0));
  });

  test('every registered kernel is called', async () => {
    const { calls } = await reportOnce();
    assert.ok('DepthwiseConv2dNative' in calls);
    assert.ok(calls.MomentumUpdate > 0);
    const uncalled = Object.keys(calls).filter((name) => calls[name] === 0 && !UNCALLED.test(name));
    assert.deepEqual(uncalled, UNTRAINED);
  });

  test('the kernels use as many threads as tfjs, with the same results', async () => {
    const { threads, parallel } = await reportOnce();
    assert.deepEqual(
      { count: parallel.count, areEqual: parallel.areEqual },
      { count: threads, areEqual: true },
      parallel.reason,
    );
  });

  test('no step leaves tensors or their data', async () => {
    const { memory } = (await reportOnce()).wasm;
    for (const later of memory) assert.deepEqual(later, memory[0]);
  });
}

function assertAgree(got, expected, what) {
  assert.equal(got.length, expected.length);
  const i = expected.findIndex((value, i) => !(Math.abs(got[i] - value) <= TOLERANCE * Math.max(1, Math.abs(value))));
  if (i >= 0) assert.fail(`${what} ${i} is ${got[i]}, not ${expected[i]}`);
}
