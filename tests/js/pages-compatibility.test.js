// The tables of docs/compatibility.md say what is so: the columns of this package, of tfjs and of onnxruntime-web are executed, cell by
// cell, in processes of their own. If one of these fails because a peer has become better, correct the table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';
import { CONTESTANTS } from './support/compatibility/contestants.js';
import { MAKERS, LAYER_REFUSALS, LAYER_ROWS } from './support/compatibility/layers.js';
import { isInstalled } from './support/compatibility/ort.js';
import { REFUSING, ROWS } from './support/compatibility/rows.js';
import { TRAINERS, TRAINING_ROWS } from './support/compatibility/training.js';
import { GROUPS } from './support/compatibility/verdicts.js';

const FOLDER = './tests/js/support/compatibility';
const [convolution, training, layer] = tablesOf('docs/compatibility.md');

/** What `expression` gives in a process of its own, where the modules' exports are. */
function inChild(imports, expression) {
  const output = runInChild(`
    ${imports}
    const result = ${expression};
    process.stdout.write('\\n' + JSON.stringify(result) + '\\n', () => process.exit()); // without the handlers that tfjs has for the exit
  `);
  return JSON.parse(output.trimEnd().split('\n').at(-1));
}

describe('the table of convolutions', () => {
  test('has the rows that are executed', () => {
    assert.deepEqual([...convolution.keys()], [...Object.keys(ROWS), REFUSING]);
  });

  for (const name of Object.keys(CONTESTANTS)) {
    const skip = name === 'onnxruntime-web' && !isInstalled() && 'npm run bench installs it';
    test(`is right about ${name}`, { skip }, () => {
      const groups = name === 'tfjs wasm' ? GROUPS : [GROUPS.flat()];
      const verdicts = groups.map((rows) =>
        inChild(
          `import { CONTESTANTS } from '${FOLDER}/contestants.js'; import { verdictsOf } from '${FOLDER}/verdicts.js';`,
          `await verdictsOf(await CONTESTANTS['${name}'](), ${JSON.stringify(rows)})`,
        ),
      );
      assert.deepEqual(Object.assign({}, ...verdicts), columnOf(convolution, name));
    });
  }
});

describe('the table of training', () => {
  test('has the rows that are executed', () => {
    assert.deepEqual([...training.keys()], Object.keys(TRAINING_ROWS));
  });

  for (const name of Object.keys(TRAINERS)) {
    test(`is right about ${name}`, () => {
      const verdicts = inChild(
        `import { TRAINERS, trainingVerdicts } from '${FOLDER}/training.js';`,
        `await trainingVerdicts(TRAINERS['${name}'])`,
      );
      assert.deepEqual(verdicts, columnOf(training, name));
    });
  }
});

describe('the table of layers', () => {
  test('has the rows that are executed', () => {
    assert.deepEqual([...layer.keys()], [...Object.keys(LAYER_ROWS), ...Object.keys(LAYER_REFUSALS)]);
  });

  for (const name of Object.keys(MAKERS)) {
    test(`is right about ${name}`, () => {
      const verdicts = inChild(
        `import { layerVerdicts } from '${FOLDER}/layers.js';`,
        `await layerVerdicts('${name}')`,
      );
      assert.deepEqual(verdicts, columnOf(layer, name));
    });
  }
});

/** The tables of a page: of each row's name its cells, by the names of their columns, without backticks. */
function tablesOf(page) {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  return [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
    const [header, , ...rows] = table.trimEnd().split('\n').map(cellsOf);
    return new Map(rows.map(([name, ...cells]) => [name, new Map(cells.map((cell, i) => [header[i + 1], cell]))]));
  });
}

function cellsOf(line) {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''));
}

/** The first word of each cell is the verdict; what follows explains it. */
function columnOf(table, name) {
  return Object.fromEntries([...table].map(([row, cells]) => [row, cells.get(name).split(/[ ,]/)[0]]));
}
