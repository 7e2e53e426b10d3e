// Jest with CommonJS tests, in its environments node and jsdom.
import { makeConsumer } from '../package/support/consumer.js';
import { partsOf, PROGRAMS, REPORTERS, reportIn, testEnvironment, TFJS, versionOf } from './support/environment.js';

const asCommonJs = (code) =>
  code
    .replaceAll(/^import \* as (\w+) from (.*);$/gm, 'const $1 = require($2);')
    .replaceAll(/^import (\{.*\}) from (.*);$/gm, 'const $1 = require($2);')
    .replaceAll(/^export ((?:async )?function (\w+))/gm, 'exports.$2 = $2;\n$1');

const consumer = await makeConsumer(
  {
    ...Object.fromEntries(Object.entries(REPORTERS).map(([name, code]) => [name, asCommonJs(code)])),
    'package.json': '{ "private": true }',
  },
  { packages: { ...TFJS, jest: '^30.5.2', 'jest-environment-jsdom': '^30.5.2' } },
);

/** Returns a test of Jest that writes the report of a program to a file. */
function testOf(program) {
  const { imports, body } = partsOf(
    program,
    (report) => `require('fs').writeFileSync('report.txt', 'REPORT ' + JSON.stringify(${report}))`,
  );
  return `${asCommonJs(imports)}\ntest('computes', async () => {\n${body}\n});\n`;
}

for (const environment of ['node', 'jsdom']) {
  const run = (what) => async () => {
    await consumer.remove('report.txt');
    await consumer.write({ 'a.test.js': testOf(PROGRAMS[what]) });
    await consumer.node('node_modules/jest/bin/jest.js', `--env=${environment}`);
    return reportIn(String(await consumer.read('report.txt')));
  };
  const runs = Object.fromEntries(Object.keys(PROGRAMS).map((what) => [what, run(what)]));
  testEnvironment(`Jest, ${environment}`, { version: versionOf(consumer, 'jest'), runs });
}
