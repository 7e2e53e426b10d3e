import { readFile } from 'node:fs/promises';

/** scripts/cmake.js builds it. */
const wasmUrl = new URL('../../build/wasm/bench/limits.wasm', import.meta.url);

const WARM_UP_MS = 150;
const TURN_MS = 1;
const TURNS = 60;
/** Of both sides together, the one that is read and the one that is written. */
const COPY_BYTES = Array.from({ length: 13 }, (_, i) => 2 ** (14 + i));

/**
 * What this machine can do in WebAssembly on one thread: `gigaflops`, multiplications and additions of four floats, 10⁹ a second; and
 * `copies`, for sizes in bytes that are read and written, the `bandwidth` in 10⁹ of them a second. Of several ways to do either, the
 * fastest; of several measurements the best, because these are limits.
 */
export async function measureLimits() {
  const native = await instantiate();
  const ways = [native.multiplyAdd, native.multiplyAddLoaded];
  const peaks = ways.map((way) => perSecond((count) => way(count), native.flopsPerRound(), 200));
  const copies = COPY_BYTES.map((bytes) => ({ bytes, bandwidth: bandwidthOf(native, bytes) / 1e9 }));
  return { gigaflops: Math.max(...peaks) / 1e9, copies };
}

async function instantiate() {
  const { instance } = await WebAssembly.instantiate(await readFile(wasmUrl), {});
  const native = /** @type {any} */ (instance.exports);
  native._initialize?.();
  return native;
}

function bandwidthOf(native, bytes) {
  const speeds = [native.copyVectors, native.copyBlock].map((copy) => {
    const repeat = (count) => {
      for (let i = 0; i < count; ++i) copy(bytes / 2);
    };
    return perSecond(repeat, bytes, 1);
  });
  return Math.max(...speeds);
}

/** How many units a second `work(count)` does at best, which does `units` each of `count` times. */
function perSecond(work, units, countAtLeast) {
  const warm = timed(() => {
    const end = performance.now() + WARM_UP_MS;
    let calls = 0;
    do {
      work(countAtLeast);
      calls++;
    } while (performance.now() < end);
    return calls;
  });
  const count = Math.ceil((countAtLeast * warm.result * TURN_MS) / warm.milliseconds);
  const times = Array.from({ length: TURNS }, () => timed(() => work(count)).milliseconds);
  return (units * count * 1000) / Math.min(...times);
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return { result, milliseconds: performance.now() - start };
}
