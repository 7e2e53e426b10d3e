// Checks the tables of docs/compatibility.md: executes each cell of this package, tfjs and onnxruntime-web, in child processes. If a test
// fails because another package improved, correct the table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot, runInChild } from './support/child.js';
import { CONTESTANTS } from './support/compatibility/contestants.js';
import { LAYER_REFUSALS, LAYER_ROWS, MAKERS } from './support/compatibility/layers.js';
import { isInstalled } from './support/compatibility/ort.js';
import { REFUSING, TABLES } from './support/compatibility/rows.js';
import { TRAINERS, TRAINING_ROWS } from './support/compatibility/training.js';

const OF_TFJS = ['tfjs wasm with this package', 'tfjs wasm', 'tfjs cpu'];

const page = readFileSync(join(projectRoot, 'docs/compatibility.md'), 'utf8');
const [depthwise, dense, pooling, training, layer] = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
  readTable(table),
);

checkOperations('depthwise convolution', depthwise, Object.keys(CONTESTANTS));
checkOperations('dense convolution', dense, ['this package', ...OF_TFJS]);
checkOperations('pooling', pooling, OF_TFJS);

checkTable('training', training, Object.keys(TRAINING_ROWS), Object.keys(TRAINERS), (name) =>
  inChild(['training.js TRAINERS', 'training.js trainingVerdicts'], `trainingVerdicts(TRAINERS['${name}'])`),
);

const layerRows = [...Object.keys(LAYER_ROWS), ...Object.keys(LAYER_REFUSALS)];
checkTable('layers', layer, layerRows, Object.keys(MAKERS), (name) =>
  inChild(['layers.js layerVerdicts'], `layerVerdicts('${name}')`),
);

function checkOperations(title, table, columns) {
  checkTable(title, table, [...Object.keys(TABLES[title].rows), REFUSING], columns, (name) =>
    inChild(['contestants.js CONTESTANTS', 'verdicts.js verdictsOf'], `verdictsOf(CONTESTANTS['${name}'], '${title}')`),
  );
}

/** Compares the rows of a table, and the first word of each cell of the columns, with what `execute` returns for a column. */
function checkTable(title, table, rows, columns, execute) {
  test(`the table of ${title} has the executed rows`, () => assert.deepEqual(Object.keys(table), rows));
  for (const name of columns) {
    const skip = name === 'onnxruntime-web' && !isInstalled() && 'npm run bench installs it';
    test(`the table of ${title} is correct for ${name}`, { skip }, () => {
      const cells = Object.entries(table).map(([row, cells]) => [row, cells[name].split(/[ ,]/)[0]]);
      assert.deepEqual(execute(name), Object.fromEntries(cells));
    });
  }
}

/** Returns the value of an expression in a child process. `imports`: file and name. */
function inChild(imports, expression) {
  const lines = imports
    .map((each) => each.split(' '))
    .map(([file, name]) => `import { ${name} } from './tests/js/support/compatibility/${file}';`);
  const print = `process.stdout.write('\\n' + JSON.stringify(await ${expression}) + '\\n', () => process.exit());`; // tfjs keeps the process alive
  return JSON.parse(
    runInChild(`${lines.join('\n')}\n${print}`)
      .trimEnd()
      .split('\n')
      .at(-1),
  );
}

/** Returns the cells of a Markdown table by the names of row and column. */
function readTable(table) {
  const cellsOf = (line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', ''));
  const [header, , ...rows] = table.trimEnd().split('\n').map(cellsOf);
  return Object.fromEntries(
    rows.map(([row, ...cells]) => [row, Object.fromEntries(cells.map((cell, i) => [header[i + 1], cell]))]),
  );
}
