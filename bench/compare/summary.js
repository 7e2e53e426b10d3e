import { isMobileNet } from '../shared/layers.js';
import { geometricMean } from '../shared/statistics.js';

export const OURS = 'depthwise-wasm';

/** How many times faster than the peer we are in a row of { layer, pass, results }; undefined unless both are right. */
export function ratioTo(row, peer) {
  const [ours, theirs] = [row.results[OURS], row.results[peer]];
  return ours.status === 'ok' && theirs?.status === 'ok' ? theirs.milliseconds / ours.milliseconds : undefined;
}

const means = [
  { pass: 'forward', peer: 'tfjs-wasm', over: 'MobileNet', includes: isMobileNet },
  { pass: 'forward', peer: 'tfjs-wasm', over: 'all', includes: () => true },
  { pass: 'forward', peer: 'tfjs-cpu', over: 'all', includes: () => true },
  { pass: 'input', peer: 'tfjs-cpu', over: 'all', includes: () => true },
  { pass: 'filter', peer: 'tfjs-cpu', over: 'all', includes: () => true },
];

/** Of those that any row counts for: { pass, peer, over, layers, ratio, worst }. */
export function geometricMeans(rows) {
  return means.flatMap(({ pass, peer, over, includes }) => {
    const ratios = rows
      .filter((row) => row.pass === pass && includes(row.layer))
      .map((row) => ratioTo(row, peer))
      .filter((ratio) => ratio !== undefined);
    if (ratios.length === 0) return [];
    return [{ pass, peer, over, layers: ratios.length, ratio: geometricMean(ratios), worst: Math.min(...ratios) }];
  });
}

export function isOursRight(rows) {
  return rows.every(({ results }) => results[OURS].status === 'ok');
}
