import { oneOf, pageSettings, text } from '../shared/settings.js';
import { contestants } from './contestants.js';
import { passes } from './passes.js';
import { DEFAULT_PRESET } from './presets.js';

/** Some of a list, in its order, separated by commas; at least one. Default all. */
function someOf(list) {
  const ids = list.map(({ id }) => id);
  return {
    fallback: ids.join(),
    read(given) {
      const names = given.split(',');
      const chosen = ids.filter((id) => names.includes(id));
      return chosen.length > 0 && names.every((name) => ids.includes(name)) ? chosen.join() : undefined;
    },
  };
}

/** `layer` is the name of a preset, or a shape as the benchmarks take it (bench/shared/layers.js). */
export const settings = pageSettings({
  layer: text(DEFAULT_PRESET),
  passes: someOf(passes),
  contestants: someOf(contestants),
  time: oneOf(['quick', 'thorough'], 'quick'),
  scale: oneOf(['log', 'linear'], 'log'),
});
