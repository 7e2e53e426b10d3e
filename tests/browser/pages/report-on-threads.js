import { load } from '../../../js/index.js';
import { load as loadAlone } from '../../../js/index.js?alone';
import { Judge } from '../../../js/threads/judge.js';
import { Pool } from '../../../js/threads/pool.js';
import { reportOn } from '../../package/fixtures/report-on.js';

const START_MILLISECONDS = 60_000;
const [X, FILTER, DY] = [
  [1, 56, 56, 64],
  [3, 3, 64, 1],
  [1, 56, 56, 64],
].map((shape, k) => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i + k)),
  shape,
}));

Judge.prototype.wantsThreads = () => true; // on a busy machine, one thread may be faster, and no job would run

let jobs = 0;
const { run } = Pool.prototype;
Pool.prototype.run = function (...job) {
  const isRun = run.apply(this, job);
  if (isRun) ++jobs;
  return isRun;
};

function compute(dw) {
  const attrs = { strides: 1, pad: 'same' };
  return dw.tidy(() =>
    [
      dw.depthwiseConv2dNative({ inputs: { x: X, filter: FILTER }, attrs }),
      dw.depthwiseConv2dNativeBackpropInput({
        inputs: { dy: DY, filter: FILTER },
        attrs: { ...attrs, inputShape: X.shape },
      }),
      dw.depthwiseConv2dNativeBackpropFilter({
        inputs: { x: X, dy: DY },
        attrs: { ...attrs, filterShape: FILTER.shape },
      }),
    ].map((tensor) => tensor.dataSync()),
  );
}

/** Returns what happens on two threads, next to the results of one thread. */
export async function reportOnThreads() {
  const dw = await load({ threads: 2 });
  const alone = await loadAlone({ threads: 1 });
  const expected = compute(alone);
  let areEqual = true;
  for (const end = Date.now() + START_MILLISECONDS; jobs < 10 && dw.threads.count === 2 && Date.now() < end;) {
    compute(dw).forEach((result, i) => (areEqual &&= result.every((value, j) => value === expected[i][j])));
    await new Promise((resolve) => setTimeout(resolve)); // workers report that they are ready
  }
  const { threads } = dw;
  const others = reportOn(dw);
  const isShared = !(dw.tensor(X.data, X.shape).data.buffer instanceof ArrayBuffer);
  dw.dispose();
  const isIsolated = globalThis.crossOriginIsolated;
  return { isIsolated, isShared, areEqual, jobs, threads, after: dw.threads, others };
}
