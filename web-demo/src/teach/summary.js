import { latestAside } from './kept-aside.js';

/**
 * What a training has come to, in a sentence.
 *
 * @param {import('./training.js').Step[]} steps
 * @param {number} milliseconds that all of it took
 * @param {number} parameters of the network
 */
export function summary(steps, milliseconds, parameters) {
  const last = steps.at(-1);
  if (!last) return '';
  const seconds = (milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0);
  const begun = last.step < last.steps ? 'Stopped after' : 'Done:';
  const what = `${begun} ${last.step} ${last.step === 1 ? 'step' : 'steps'} in ${seconds} s, all ${parameters.toLocaleString('en')} weights.`;
  const aside = latestAside(steps);
  if (aside === undefined) return what;
  const right = Math.round(aside * last.asideCount);
  return `${what} It names ${right} of the ${last.asideCount} kept-aside examples right. Now draw one yourself.`;
}
