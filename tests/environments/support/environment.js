import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { rowsFolder } from '../../../scripts/environment-table.js';
import { assertComputes } from '../../package/support/assert-report.js';
import { fixture } from '../../package/support/consumer-page.js';

/** The packages of TensorFlow.js that `train` needs. */
export const TFJS = { '@tensorflow/tfjs-core': '^4.22.0', '@tensorflow/tfjs-backend-wasm': '^4.22.0' };

/** The files that the programs of an environment import. */
export const REPORTERS = {
  'report-on.js': await fixture('report-on.js'),
  'report-on-tfjs.js': await fixture('report-on-tfjs.js'),
};

/** Programs that print a report, for environments that need no line of their own. */
export const PROGRAMS = {
  load: programOf("import { load } from 'depthwise-wasm';\nconst dw = await load();\n"),
  train: programOf(`import * as tf from '@tensorflow/tfjs-core';
import { trainOnWasm } from 'depthwise-wasm/tfjs';
const registration = await trainOnWasm(tf);
`),
  standalone: programOf("import { load } from 'depthwise-wasm/standalone';\nconst dw = await load();\n"),
};

/** Returns code that sets `dw` or `registration`, with lines after it that print a report. */
export function programOf(code) {
  const [file, call] = code.includes('trainOnWasm')
    ? ['report-on-tfjs.js', 'await reportOnTfjs(tf, registration)']
    : ['report-on.js', 'reportOn(dw)'];
  const name = call.match(/report\w+/)[0];
  return `${code}
import { ${name} } from './${file}';
console.log('REPORT ' + JSON.stringify(${call}));
`;
}

/** Returns the report that a program has printed. */
export function reportIn(output) {
  const line = output.split('\n').find((each) => each.startsWith('REPORT '));
  assert.ok(line, `no report in:\n${output}`);
  return JSON.parse(line.slice('REPORT '.length));
}

/** Returns the files of PROGRAMS and of what they import. */
export function programFiles(programs = PROGRAMS) {
  return { ...REPORTERS, ...Object.fromEntries(Object.entries(programs).map(([name, code]) => [`${name}.js`, code])) };
}

/** Returns the imports of a program, and its other lines with `print` in place of the call that prints the report. */
export function partsOf(program, print) {
  const lines = program.split('\n');
  const isImport = (line) => line.startsWith('import ');
  const rest = lines.filter((line) => !isImport(line)).join('\n');
  return {
    imports: lines.filter(isImport).join('\n'),
    body: rest.replace(/console\.log\('REPORT ' \+ JSON\.stringify\((.*)\)\)/, (_, report) => print(report)),
  };
}

/** Returns the version of a package of a consumer. */
export function versionOf(consumer, name) {
  return JSON.parse(readFileSync(join(consumer.folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/**
 * Tests `load`, `trainOnWasm` and the standalone script in an environment, and stores its row of the table in docs/compatibility.md.
 *
 * @param {string} name
 * @param {object} options
 * @param {string} options.version
 * @param {string} [options.guide] the section of docs/guide/install.md with what it needs. Default: it needs nothing
 * @param {Record<'load' | 'train' | 'standalone', () => Promise<any>>} options.runs each returns a report, or throws. A run without a
 *   report must be in `fails`
 * @param {Partial<Record<'load' | 'train' | 'standalone', RegExp>>} [options.fails] the error of what cannot run; the section explains it
 */
export function testEnvironment(name, { version, guide, runs, fails = {} }) {
  const cells = {};
  describe(name, () => {
    for (const what of ['load', 'train', 'standalone']) {
      const error = fails[what];
      test(`${name}: ${what}${error ? ' fails as the guide says' : ''}`, async () => {
        cells[what] = 'fails'; // until it has run
        if (error) {
          await assert.rejects(runs[what], error);
          cells[what] = 'no';
        } else {
          assertComputes(await runs[what]());
          cells[what] = 'yes';
        }
      });
    }
    after(() => {
      mkdirSync(rowsFolder, { recursive: true });
      const file = `${name.toLowerCase().replaceAll(/\W+/g, '-')}.json`;
      writeFileSync(join(rowsFolder, file), JSON.stringify({ name, version, guide, cells }));
    });
  });
}
