import { parseShape } from '../../shared/shape-spec.js';
import { passesSection } from './passes.js';

/** The smallest shape there is: what a call costs beside what it computes. */
export const callsSection = {
  id: 'calls',
  title: 'calls',
  weight: 1,
  steps: () => [parseShape('1x1x1x1,1x1', 'smallest')],
  // Packages that run whole models have no call to be measured: their times are differences (bench/peers/difference.js).
  measure: (layer, context) =>
    passesSection.measure(layer, { ...context, peers: context.peers.filter(({ isRemote }) => !isRemote) }),
};
