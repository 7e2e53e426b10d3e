import { formatShape, parseShape } from '../../../bench/shared/layers.js';
import { fieldsOf, readLayer } from './layer-check.js';
import { presetLayer } from './presets.js';

/** What an address calls a layer: the name of a preset, or a shape. @param {any} layer @returns {string} */
export function linkOf(layer) {
  return presetLayer(layer.name) ? layer.name : formatShape(layer);
}

/**
 * The layer that an address names.
 *
 * @param {string} link
 * @throws RangeError that says what is wrong with it
 */
export function layerOfLink(link) {
  const preset = presetLayer(link);
  if (preset) return preset;
  const { layer, problems } = readLayer(fieldsOf(parseShape(link, 'own')));
  if (!layer) throw new RangeError(`shape '${link}': ${problems[0].message}`);
  return layer;
}
