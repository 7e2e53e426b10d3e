import { ratioText } from '../../../bench/shared/numbers.js';
import { contestantOf } from './contestants.js';

/**
 * One pass in a sentence: the fastest of the others beside the fastest of ours. Whoever is faster.
 *
 * @param {{ results: import('./race.js').PassResult[] }} pass of the report
 */
export function verdictOf({ results }) {
  const timed = results.filter(({ median }) => median !== undefined);
  const own = fastest(timed.filter(({ id }) => contestantOf(id).isOurs));
  const peer = fastest(timed.filter(({ id }) => !contestantOf(id).isOurs));
  if (!own || !peer) return '';
  const ratio = peer.median / own.median;
  const [quicker, slower, times] = ratio >= 1 ? [own, peer, ratio] : [peer, own, 1 / ratio];
  return `${nameOf(quicker)} is ${ratioText(times)} times as fast as ${nameOf(slower)}.`;
}

function fastest(results) {
  return results.reduce((best, result) => (best && best.median <= result.median ? best : result), undefined);
}

function nameOf({ id }) {
  return contestantOf(id).title;
}
