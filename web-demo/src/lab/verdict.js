import { ratioText } from '../../../bench/shared/numbers.js';
import { capitalised } from './words.js';
import { contestantOf, nameOf } from './contestants.js';

/**
 * One pass in a sentence: the fastest of the others beside the fastest of ours. Whoever is faster.
 *
 * @param {{ results: import('./race.js').PassResult[] }} pass of the report
 */
export function verdictOf({ results }) {
  const timed = results.filter(({ median }) => median !== undefined);
  const own = fastest(timed.filter(({ id }) => contestantOf(id).isOurs));
  const peer = fastest(timed.filter(({ id }) => !contestantOf(id).isOurs));
  if (own && !peer && results.some(({ id }) => !contestantOf(id).isOurs))
    return 'Nobody else has a kernel that is right here.';
  if (!own || !peer) return '';
  const ratio = peer.median / own.median;
  const [quicker, slower, times] = ratio >= 1 ? [own, peer, ratio] : [peer, own, 1 / ratio];
  return `${capitalised(nameOf(quicker.id))} is ${ratioText(times)} times as fast as ${nameOf(slower.id)}.`;
}

function fastest(results) {
  return results.reduce((best, result) => (best && best.median <= result.median ? best : result), undefined);
}
