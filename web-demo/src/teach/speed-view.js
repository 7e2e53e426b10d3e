import { byId, element } from '../shared/element.js';
import { median } from './median.js';
import { milliseconds } from './run-view.js';

/** @typedef {import('./backends.js').Backend} Backend */

/** @type {Record<Backend, string>} */
const NAMES = { wasm: 'wasm + depthwise-wasm', cpu: 'cpu' };

export const BACKENDS = /** @type {Backend[]} */ (Object.keys(NAMES));

/** The backends beside each other: how long their steps took, last time. */
export function speedView() {
  /** @type {Partial<Record<Backend, number[]>>} */
  const times = {};
  const rows = BACKENDS.map((backend) => {
    const bar = element('span', { className: 'speed-bar' });
    const time = element('span', { className: 'number', id: `speed-${backend}` });
    const head = element('span', { className: 'speed-head' }, element('span', {}, NAMES[backend]), time);
    const track = element('span', { className: 'speed-track', 'aria-hidden': 'true' }, bar);
    return { backend, bar, time, root: element('li', {}, head, track) };
  });
  byId('speeds').replaceChildren(...rows.map(({ root }) => root));

  function show() {
    const medians = rows.map(({ backend }) => median(times[backend] ?? [0]));
    const longest = Math.max(...medians);
    rows.forEach(({ backend, bar, time }, i) => {
      const count = times[backend]?.length ?? 0;
      time.textContent =
        count > 0 ? `${milliseconds(medians[i])}, ${count} ${count === 1 ? 'step' : 'steps'}` : 'not run yet';
      bar.style.width = count > 0 ? `${(100 * medians[i]) / longest}%` : '0';
      bar.hidden = count === 0;
    });
    const [wasm, cpu] = medians;
    byId('ratio').textContent =
      wasm > 0 && cpu > 0 ? `Here a step on cpu takes ${ratio(cpu / wasm)} times as long.` : '';
  }

  show();
  return {
    /** @param {Backend} backend @param {number[]} milliseconds of each step */
    set(backend, milliseconds) {
      if (milliseconds.length === 0) return;
      times[backend] = milliseconds;
      show();
    },
  };
}

/** @param {number} value */
function ratio(value) {
  return value >= 10 ? Math.round(value) : value.toFixed(1);
}
