// The table of npm run bench:native.
import { plainTable } from '../shared/command-line.js';

/** The instructions that oneDNN may use: as the builds of this library, and all that the processor has. */
export const LIMITS_OF_ONEDNN = ['SSE41', 'AVX2', 'ALL'];

/**
 * Reads the output of the benchmark (bench.cpp): GF of this library and of oneDNN, null if oneDNN is missing, by the name of each call.
 *
 * @param {string} output
 * @returns {Map<string, { own: number, onednn: number | null }>}
 */
export function readOutput(output) {
  const lines = output.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [kind, layer, pass, own, onednn] = line.split('\t');
      return [`${kind}\t${layer}\t${pass}`, { own: Number(own), onednn: onednn === '-' ? null : Number(onednn) }];
    }),
  );
}

/**
 * Returns the lines of the table of all runs.
 *
 * @param {{ title: string, results: ReturnType<typeof readOutput> }[]} own runs with different compilers
 * @param {typeof own} onednn runs with different instructions of oneDNN
 */
export function textOf(own, onednn) {
  const calls = [...own[0].results.keys()];
  const hasOneDnn = [...own[0].results.values()].some((result) => result.onednn !== null);
  const others = hasOneDnn ? onednn : [];
  const text = (number) => number.toFixed(1);
  const head = [
    'GF',
    'layer',
    'pass',
    ...own.map(({ title }) => title),
    ...others.map(({ title }) => `oneDNN ${title}`),
  ];
  const body = calls.map((call) => [
    ...call.split('\t'),
    ...own.map(({ results }) => text(results.get(call).own)),
    ...others.map(({ results }) => text(results.get(call).onednn)),
  ]);
  const table = plainTable({ head, body, numbersFrom: 3 });
  return hasOneDnn
    ? table
    : [...table, '', 'oneDNN 2 is not installed (Debian 12: libdnnl-dev), so the table does not contain it.'];
}
