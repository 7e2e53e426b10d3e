import { timeText } from '../../../bench/shared/numbers.js';
import { nameOf } from './contestants.js';

/** How the figures of a report (report.js) came about, in sentences. @param {any} report */
export function footnoteOf({ package: version, method, passes, base, contestants }) {
  const turns = passes.flatMap(({ results }) => results.flatMap((result) => result.turns ?? []));
  const sentences = [];
  if (turns.length > 0) {
    const range = [...new Set([Math.min(...turns), Math.max(...turns)])].join(' to ');
    const length = `${Math.round(method.leastTurn)} ms`;
    sentences.push(
      `Medians of ${range} turns of about ${length}, or of one call where that is longer; the clock has steps of ${timeText(method.clockStep)}.`,
    );
  }
  if (base) sentences.push(`Ratios are to ${nameOf(base)}: above 1 is slower.`);
  const peers = contestants.filter((contestant) => !contestant.isOurs && contestant.version);
  const versions = peers.map((peer) => `${nameOf(peer.id)} is ${peer.version}, on ${peer.runsOn}`);
  sentences.push(`${[`depthwise-wasm is ${version}`, ...versions].join('; ')}.`);
  return sentences.join(' ');
}
