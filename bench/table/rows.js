// @ts-nocheck: the types of the web demo, which imports it, are not checked in here

import { layers, selectLayers } from '../shared/layers.js';
import { parseShape } from '../shared/shape-spec.js';

/** Of networks, every kind of depthwise layer; then what networks have less often, and batches. */
const networks = [
  'mobilenet-v1/1',
  'mobilenet-v1/2',
  'mobilenet-v1/3',
  'mobilenet-v1/5',
  'mobilenet-v1/7',
  'mobilenet-v1/12',
  'mobilenet-v1/13',
  'mobilenet-v2/2',
  'efficientnet-b0/5',
  'efficientnet-b0/12',
  'convnext-t/7',
];
const others = {
  'multiplier-2': '1x28x28x64,3x3,multiplier=2',
  'dilation-2': '1x33x33x576,3x3,dilation=2',
  'channels-33': '1x56x56x33,3x3',
  'batch-8': '8x24x24x64,3x3',
  'batch-32': '32x28x28x32,3x3',
};

/** The rows of the table. */
export const tableRows = [
  ...networks.map((name) => layers.find((layer) => layer.name === name)),
  ...Object.entries(others).map(([name, text]) => parseShape(text, name)),
];

/** What can be chosen by name: the table, and the other layers of its networks. */
export const allRows = [...tableRows, ...layers.filter(({ name }) => !networks.includes(name))];

export function selectRows(patterns) {
  return selectLayers(patterns, allRows);
}
