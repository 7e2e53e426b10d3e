import { limitEntrants } from '../../limits/entrants.js';
import { limitOf } from '../../limits/limit.js';
import { measurePass } from '../../shared/measure.js';
import { prepare } from '../../shared/prepare.js';
import { randomValues, reference } from '../../shared/reference.js';
import { formatShape } from '../../shared/shape-spec.js';
import { workOf } from '../work.js';

/** The table: every row, every pass, everybody. */
export const passesSection = {
  id: 'passes',
  title: 'the table',
  weight: 16,
  steps: ({ rows }) => rows,
  async measure(layer, { own, peers, passes, limitsModule, race, progress }) {
    const values = randomValues(layer);
    const prepared = [];
    for (const contestant of [...own, ...peers]) prepared.push(await prepare(contestant, layer, values, passes));
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const entrants = prepared.map(({ id, activate, passes: calls, racers }) => ({
        ...{ id, activate },
        ...{ run: calls?.[pass], racer: racers?.[pass] },
      }));
      const work = workOf(layer, pass);
      const limits = limitEntrants(limitsModule, work);
      // The limit's take little time, so the others share what there is.
      const allowed = race(passes.length * entrants.length);
      const times = await measurePass([...limits, ...entrants], reference(layer, pass, values), allowed);
      results.push({
        row: layer.name,
        shape: formatShape(layer),
        pass,
        ...work,
        ...limitOf(limits, times),
        results: Object.fromEntries(entrants.map(({ id }) => [id, times[id]])),
      });
    }
    for (const { dispose } of prepared) await dispose();
    return results;
  },
};
