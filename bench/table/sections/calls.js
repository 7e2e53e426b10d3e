import { parseShape } from '../../shared/shape-spec.js';
import { passesSection } from './passes.js';

/** The smallest shape there is: what a call costs beside what it computes. */
export const callsSection = {
  id: 'calls',
  title: 'calls',
  weight: 1,
  steps: () => [parseShape('1x1x1x1,1x1', 'smallest')],
  measure: passesSection.measure,
};
