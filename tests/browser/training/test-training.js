import assert from 'node:assert/strict';
import { test } from 'node:test';

/** Of the value, or of 1 where that is more: float32 sums that were added up in other orders, through five steps. */
const TOLERANCE = 1e-5;

/** Tests that a report of report-on-training.js is right. @param {() => Promise<any>} reportOnce */
export function testTraining(reportOnce) {
  test('training gives the losses of the cpu backend, which fall, while the memory grows', async () => {
    const { cpu, wasm, hasMemoryGrown } = await reportOnce();
    assert.ok(hasMemoryGrown);
    assertAgree(wasm.losses, cpu.losses, 'loss');
    assert.ok(
      cpu.losses.every((loss, i) => i === 0 || loss < cpu.losses[i - 1]),
      `${cpu.losses}`,
    );
  });

  test('the fused convolution gives what the cpu backend does', async () => {
    const { cpu, wasm } = await reportOnce();
    assertAgree(wasm.prediction, cpu.prediction, 'element');
    assert.ok(cpu.prediction.some((value) => value > 0));
  });

  test('every registered kernel is called', async () => {
    const { calls } = await reportOnce();
    const names = Object.keys(calls);
    assert.ok(names.includes('DepthwiseConv2dNative'), `${names}`);
    assert.deepEqual(
      names.filter((name) => calls[name] === 0),
      [],
    );
  });

  test('no step leaves tensors or their data behind', async () => {
    const { memory } = (await reportOnce()).wasm;
    for (const later of memory) assert.deepEqual(later, memory[0]);
  });
}

function assertAgree(got, expected, what) {
  assert.equal(got.length, expected.length);
  const i = expected.findIndex((value, i) => !(Math.abs(got[i] - value) <= TOLERANCE * Math.max(1, Math.abs(value))));
  if (i >= 0) assert.fail(`${what} ${i} is ${got[i]}, not ${expected[i]}`);
}
