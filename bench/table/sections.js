import { accuracySection } from './sections/accuracy.js';
import { addressesSection } from './sections/addresses.js';
import { callsSection } from './sections/calls.js';
import { denseSection } from './sections/dense.js';
import { layoutsSection } from './sections/layouts.js';
import { passesSection } from './sections/passes.js';
import { sizeSection } from './sections/size.js';

/**
 * What is measured, each part by itself: `steps` gives what to go through, `measure` measures one of them and gives rows; `weight` is
 * its part of the time.
 */
const all = [passesSection, layoutsSection, addressesSection, denseSection, callsSection, accuracySection, sizeSection];

export const sectionNames = all.map(({ id }) => id);

/** { [section]: rows } of those that were chosen. */
export async function measureSections({ sections, budget, rounds, ...context }) {
  const chosen = all
    .filter(({ id }) => sections.includes(id))
    .map((section) => ({ ...section, steps: section.steps(context) }))
    .filter(({ steps }) => steps.length > 0);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const { progress } = context;
  progress.expect(chosen.reduce((sum, { steps }) => sum + steps.length, 0));
  const results = {};
  for (const { id, title, weight, steps, measure } of chosen) {
    const seconds = (budget * weight) / weights / steps.length;
    const race = (entrants) => ({ rounds, seconds: seconds / entrants });
    results[id] = [];
    for (const step of steps) {
      progress.next(`${title}: ${step.name}`);
      results[id].push(...(await measure(step, { ...context, race })));
    }
  }
  return results;
}
