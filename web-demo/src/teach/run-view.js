import { byId } from '../shared/element.js';
import { lineChart } from '../shared/line-chart.js';
import { latestAside } from './kept-aside.js';
import { median } from './median.js';

/** @typedef {import('./training.js').Step} Step */

const percent = (part) => `${Math.round(100 * part)} %`;

/** The running mean's weight of a new batch: one batch has 16 examples, and its accuracy jumps. */
const NEWS = 0.2;

/** Drawing more often would show no more, and take time from the training where there are few cores. */
const DRAW_MS = 100;

/** Shows a training, step by step: figures, a bar and curves. @param {{ onDraw: () => void }} options `onDraw`: after steps were drawn */
export function runView({ onDraw }) {
  const chart = lineChart(byId('chart'), {
    label: 'step',
    height: 220,
    series: [
      { label: 'loss', colour: 'accent' },
      { label: 'accuracy', colour: 'second', scale: 'accuracy', format: percent },
      { label: 'kept aside', colour: 'third', scale: 'accuracy', format: percent },
    ],
    ranges: { accuracy: [0, 1] },
  });
  /** @type {Step[]} */
  let steps = [];
  /** @type {number[]} */
  let means = [];
  let isDrawn = true;

  function draw() {
    isDrawn = true;
    const last = steps.at(-1);
    byId('chart-empty').hidden = steps.length > 0;
    byId('figure-step').textContent = last ? `${last.step} / ${last.steps}` : '–';
    byId('figure-loss').textContent = last ? last.loss.toFixed(3) : '–';
    byId('figure-accuracy').textContent = last ? percent(/** @type {number} */ (means.at(-1))) : '–';
    const aside = latestAside(steps);
    byId('figure-aside').textContent = aside === undefined ? '–' : percent(aside);
    byId('figure-time').textContent = last ? milliseconds(median(steps.map((step) => step.milliseconds))) : '–';
    byId('run-bar', HTMLProgressElement).value = last ? last.step / last.steps : 0;
    chart.set(
      steps.map(({ step }) => step),
      steps.map(({ loss }) => loss),
      means,
      heldFromEpochToEpoch(steps),
    );
    onDraw();
  }

  return {
    clear() {
      steps = [];
      means = [];
      draw();
    },
    /** @param {Step} step */
    add(step) {
      steps.push(step);
      means.push(means.length > 0 ? means[means.length - 1] * (1 - NEWS) + step.accuracy * NEWS : step.accuracy);
      if (isDrawn) setTimeout(draw, DRAW_MS);
      isDrawn = false;
    },
    /** Shows the last step at once. */
    finish: draw,
    get steps() {
      return steps;
    },
    /** In milliseconds, of each step. */
    get times() {
      return steps.map((step) => step.milliseconds);
    },
    get isComplete() {
      const last = steps.at(-1);
      return last !== undefined && last.step === last.steps;
    },
  };
}

/** @param {Step[]} steps @returns {number[]} the accuracy after the last epoch that was over, at each step */
function heldFromEpochToEpoch(steps) {
  /** @type {any} */
  let held = null;
  return steps.map(({ aside }) => (held = aside ?? held));
}

/** @param {number} value */
export function milliseconds(value) {
  return `${value >= 100 ? Math.round(value) : value.toPrecision(2)} ms`;
}
