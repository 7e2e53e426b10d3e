import { measurePass } from '../../shared/measure.js';
import { randomValues, reference } from '../../shared/reference.js';
import { formatShape } from '../../shared/shape-spec.js';

const LAYOUTS = ['NHWC', 'NCHW'];
/** In NCHW four neighbouring columns are computed at once; narrower images have none to speak of. */
const LEAST_WIDTH = 14;

/** This package in NCHW beside itself in NHWC, all passes. */
export const layoutsSection = {
  id: 'layouts',
  title: 'NCHW beside NHWC',
  weight: 5,
  steps: ({ rows }) => rows.filter(({ width }) => width >= LEAST_WIDTH),
  async measure(layer, { own, passes, race, progress }) {
    const sides = LAYOUTS.flatMap((dataFormat) => {
      const inLayout = { ...layer, dataFormat };
      const values = randomValues(inLayout);
      return own.map((contestant) => ({
        id: `${contestant.id}/${dataFormat}`,
        prepared: contestant.prepare(inLayout, values),
        right: (pass) => reference(inLayout, pass, values),
      }));
    });
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const entrants = sides.map(({ id, prepared, right }) => ({ id, run: prepared.passes[pass], right: right(pass) }));
      const times = await measurePass(entrants, undefined, race(passes.length * entrants.length));
      results.push({ row: layer.name, shape: formatShape(layer), pass, results: times });
    }
    for (const { prepared } of sides) prepared.dispose();
    return results;
  },
};
