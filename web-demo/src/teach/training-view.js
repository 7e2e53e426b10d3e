import { byId, element } from '../shared/dom.js';
import { lineChart } from '../shared/line-chart.js';
import { resultsView } from './results-view.js';

// Shows a training (figures, chart, summary) and the comparison of the two backends.

/** @typedef {import('./training.js').Step} Step */
/** @typedef {import('./teach.worker.js').Backend} Backend */

/** Weight of a new batch in the running mean. The accuracy of one batch of 16 examples varies too much to show it. */
const NEW_WEIGHT = 0.2;

/** Drawing more often would slow the training on devices with few cores. */
const DRAW_INTERVAL_MS = 100;

/** @param {{ names: () => string[], onDraw: () => void }} options `names` of the classes; `onDraw` is called after each redraw */
export function trainingView({ names, onDraw }) {
  const chart = lineChart(byId('chart'), {
    label: 'step',
    height: 170,
    axes: { y: 'loss', accuracy: 'accuracy' },
    series: [
      { label: 'loss', colour: 'bad' },
      { label: 'validation loss', colour: 'bad', isDashed: true },
      { label: 'accuracy', colour: 'muted', scale: 'accuracy', format: percent },
      { label: 'validation accuracy', colour: 'muted', scale: 'accuracy', format: percent, isDashed: true },
    ],
    ranges: { accuracy: [0, 1] },
  });
  const results = resultsView(names);
  /** @type {Step[]} */
  let steps = [];
  /** @type {number[]} the running mean of the accuracy */
  let means = [];
  /** @type {import('./drawings.js').Picture[]} the pictures that the training got */
  let pictures = [];
  let isDrawn = true;

  function draw() {
    isDrawn = true;
    const last = steps.at(-1);
    const validation = lastValidation(steps);
    const figures = {
      step: last && `${last.step}/${last.steps}`,
      loss: last?.loss.toFixed(3),
      accuracy: last && percent(/** @type {number} */ (means.at(-1))),
      validation: validation && percent(validation.right / validation.count),
      time: last && millisecondsText(median(steps.map((step) => step.milliseconds))),
    };
    for (const [name, text] of Object.entries(figures)) byId(`figure-${name}`).textContent = text ?? '–';
    byId('chart-empty').hidden = steps.length > 0;
    byId('run-bar', HTMLProgressElement).value = last ? last.step / last.steps : 0;
    chart.set(
      steps.map(({ step }) => step),
      steps.map(({ loss }) => loss),
      validationCurve(steps, ({ loss }) => loss),
      means,
      validationCurve(steps, ({ confusion }) => accuracyOf(confusion)),
    );
    results.show({
      validation: steps.filter((step) => step.validation).at(-1)?.validation,
      filters: steps.filter((step) => step.filters).at(-1)?.filters,
      pictures,
    });
    onDraw();
  }

  return {
    /** Removes the last training. @param {import('./drawings.js').Picture[]} [next] the pictures of the next training */
    clear(next = []) {
      pictures = next;
      steps = [];
      means = [];
      draw();
    },
    /** @param {Step} step */
    add(step) {
      steps.push(step);
      means.push(means.length > 0 ? means[means.length - 1] * (1 - NEW_WEIGHT) + step.accuracy * NEW_WEIGHT : step.accuracy); // prettier-ignore
      if (isDrawn) setTimeout(draw, DRAW_INTERVAL_MS);
      isDrawn = false;
    },
    /** Draws the last step at once. */
    finish: draw,
    get steps() {
      return steps;
    },
    /** The time of each step, in milliseconds. */
    get times() {
      return steps.map((step) => step.milliseconds);
    },
    get isComplete() {
      const last = steps.at(-1);
      return last !== undefined && last.step === last.steps;
    },
  };
}

/**
 * Returns a summary of a training.
 *
 * @param {Step[]} steps
 * @param {number} milliseconds of the whole training
 * @param {number} weights number of weights of the network
 */
export function summaryOf(steps, milliseconds, weights) {
  const last = steps.at(-1);
  if (!last) return '';
  const seconds = (milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0);
  const count = `${last.step} ${last.step === 1 ? 'step' : 'steps'}`;
  const start = last.step < last.steps ? 'Stopped after' : 'Trained for';
  const text = `${start} ${count} in ${seconds} s (${weights.toLocaleString('en')} weights).`;
  const validation = lastValidation(steps);
  if (!validation) return text;
  return `${text} Validation: ${validation.right} of ${validation.count} correct.`;
}

/** @type {Record<Backend, string>} */
const BACKEND_NAMES = { wasm: 'wasm + depthwise-wasm', cpu: 'cpu' };

export const BACKENDS = /** @type {Backend[]} */ (Object.keys(BACKEND_NAMES));

/** Shows the median time per step of both backends. */
export function speedView() {
  /** @type {Partial<Record<Backend, number[]>>} */
  const times = {};
  const rows = BACKENDS.map((backend) => {
    const bar = element('span', { className: 'speed-bar' });
    const time = element('span', { className: 'number', id: `speed-${backend}` });
    const head = element('span', { className: 'speed-head' }, element('span', {}, BACKEND_NAMES[backend]), time);
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
        count > 0 ? `${millisecondsText(medians[i])}, ${count} ${count === 1 ? 'step' : 'steps'}` : 'not measured yet';
      bar.style.width = count > 0 ? `${(100 * medians[i]) / longest}%` : '0';
      bar.hidden = count === 0;
    });
    const [wasm, cpu] = medians;
    return wasm > 0 && cpu > 0 ? comparisonOf(wasm, cpu) : '';
  }

  show();
  return {
    clear() {
      for (const backend of BACKENDS) delete times[backend];
      byId('ratio').textContent = '';
      show();
    },
    /** @param {Backend} backend @param {number[]} milliseconds of each step */
    set(backend, milliseconds) {
      times[backend] = milliseconds;
      show();
    },
    /** Shows the result, which screen readers announce. */
    finish() {
      byId('ratio').textContent = show();
    },
  };
}

/** @param {number} wasm time per step @param {number} cpu */
function comparisonOf(wasm, cpu) {
  const ratio = Math.max(wasm, cpu) / Math.min(wasm, cpu);
  const factor = ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1);
  return wasm <= cpu ? `depthwise-wasm trains ${factor}× faster here.` : `cpu trains ${factor}× faster here.`;
}

/** Returns the last validation, or undefined. @param {Step[]} steps */
function lastValidation(steps) {
  const last = steps.filter((step) => step.validation).at(-1)?.validation;
  return last && { ...last, ...countsOf(last.confusion) };
}

/** Returns the number of right samples, and of all. @param {number[][]} confusion */
function countsOf(confusion) {
  const right = confusion.reduce((sum, counts, i) => sum + counts[i], 0);
  return { right, count: confusion.flat().reduce((sum, count) => sum + count) };
}

/** @param {number[][]} confusion */
function accuracyOf(confusion) {
  const { right, count } = countsOf(confusion);
  return right / count;
}

/**
 * Returns a value of the last validation at each step.
 *
 * @param {Step[]} steps
 * @param {(validation: import('./training.js').Validation) => number} valueOf
 * @returns {number[]}
 */
function validationCurve(steps, valueOf) {
  /** @type {any} */
  let last = null;
  return steps.map(({ validation }) => (last = validation ? valueOf(validation) : last));
}

/** @param {number[]} values at least one */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number} fraction */
function percent(fraction) {
  return `${Math.round(100 * fraction)} %`;
}

/** @param {number} value */
function millisecondsText(value) {
  return `${value >= 100 ? Math.round(value) : value.toPrecision(2)} ms`;
}
