import { readFileSync } from 'node:fs';

import { sizeOf } from './oracle.js';

/** Returns the cases of tests/cases/small_integers.txt: a convolution, its tensors and the results. The file describes its format. */
export function readStoredCases() {
  const text = readFileSync(new URL('../../cases/small_integers.txt', import.meta.url), 'utf8');
  const cases = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [word, ...values] = line.split(' ');
    if (word === 'case') cases.push({});
    cases.at(-1)[word] = values;
  }
  return cases.map(toCase);
}

function toCase(lines) {
  const shapes = Object.fromEntries(['x', 'filter', 'y'].map((name) => [name, lines[name].map(Number)]));
  const [dataFormat] = lines.layout;
  const [rounding] = lines.rounding;
  const input = (shape, value) => ({ data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i)), shape });
  const result = (name, shape) => ({ shape, values: (lines[`${name}=`] ?? []).map(Number) });
  return {
    name: lines.case.join(' '),
    convolution: {
      xShape: shapes.x,
      filterShape: shapes.filter,
      strides: lines.strides.map(Number),
      dilations: lines.dilations.map(Number),
      pad: toPad(lines.pad, dataFormat),
      dataFormat,
      dimRoundingMode: rounding === '-' ? undefined : rounding,
    },
    x: input(shapes.x, (i) => ((7 * i + 3) % 11) - 5),
    filter: input(shapes.filter, (i) => ((5 * i + 2) % 9) - 4),
    dy: input(shapes.y, (i) => ((3 * i + 1) % 7) - 3),
    y: result('y', shapes.y),
    dx: result('dx', shapes.x),
    dfilter: result('dfilter', shapes.filter),
  };
}

function toPad(words, dataFormat) {
  if (words.length === 1) return /^\d/.test(words[0]) ? Number(words[0]) : words[0];
  const [top, bottom, left, right] = words.map(Number);
  const spatial = [
    [top, bottom],
    [left, right],
  ];
  return dataFormat === 'NHWC' ? [[0, 0], ...spatial, [0, 0]] : [[0, 0], [0, 0], ...spatial];
}
