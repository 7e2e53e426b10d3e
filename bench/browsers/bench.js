import os from 'node:os';
import { tableRows } from '../shared/layers.js';
import { openEngines } from './engines.js';
import { browserReport } from './report.js';

// npm run bench -- --browsers: the passes in browsers, Node and Bun.

const NAMES = [
  ...['mobilenet-v1/1', 'mobilenet-v1/2', 'mobilenet-v1/3', 'mobilenet-v1/7', 'mobilenet-v1/13'],
  ...['efficientnet-b0/5', 'efficientnet-b0/12'],
];
/** The rows if none are selected. Without 7×7 filters, for which tfjs takes 15 to 22 times as long, so that they would dominate the mean. */
export const browserRows = tableRows.filter(({ name }) => NAMES.includes(name));
/** The seconds for all engines together if no budget is given. Starts and references need some seconds more. */
export const BROWSERS_BUDGET = 180;
const MEASURED = ['forward', 'input', 'filter'];

/**
 * Measures rows in engines, row after row, one engine after the other. Prints the tables. Returns all results; `ok` is false if a row failed.
 *
 * @param {{ names: string[], isThreaded: boolean, rows: object[], passes: string[], budget: number, progress: any }} options `isThreaded`: both
 *   packages use a thread for each processor, otherwise one
 */
export async function benchBrowsers({ names, isThreaded, rows, passes, budget, progress }) {
  const start = performance.now();
  const threads = isThreaded ? os.availableParallelism() : 1;
  const chosen = MEASURED.filter((pass) => passes.includes(pass));
  const { engines, missing, close } = await openEngines(names, threads);
  const results = Object.fromEntries(engines.map(({ name }) => [name, {}]));
  try {
    progress.expect(rows.length * engines.length);
    for (const row of rows) {
      for (const { name, call } of engines) {
        progress.next(`${row.name} ${name}`);
        const seconds = budget / (rows.length * engines.length);
        results[name][row.name] = await call('measureRow', row, chosen, seconds).catch(({ message }) => ({
          error: message,
        }));
      }
    }
  } finally {
    progress.end();
    await close();
  }
  const document = {
    ...{ date: new Date().toISOString(), seconds: (performance.now() - start) / 1000 },
    engines: engines.map(({ name, version, about }) => ({ name, version, about })),
    ...{ missing, threads, rows, passes: chosen, results },
  };
  console.log(browserReport(document).join('\n'));
  const all = Object.values(results).flatMap((ofEngine) => Object.values(ofEngine));
  return { ...document, ok: all.length > 0 && all.every(({ error }) => !error) };
}
