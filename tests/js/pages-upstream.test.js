// Runs the programs of docs/upstream.md: with tfjs alone they must print what the page calls actual, and with this package what it calls
// expected. If a test fails because tfjs is right now, delete the report and the code that works around the fault.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot, runInChild } from './support/child.js';

const page = readFileSync(join(projectRoot, 'docs/upstream.md'), 'utf8');
const [introduction, ...sections] = page.split(/^### /m);
const codeOf = (text) => /^```js\n(.*?)^```$/ms.exec(text)?.[1];

const reports = sections.filter(codeOf).map((text) => ({
  title: text.split('\n', 1)[0],
  code: codeOf(text),
  expected: lineOf(text, 'Expected'),
  actual: lineOf(text, 'Actual'),
  isRepaired: !/^- Not repaired/m.test(text),
}));

const WITH_PACKAGE = `
  const { registerKernels } = await import('depthwise-wasm/tfjs');
  const { layersFor } = await import('depthwise-wasm/tfjs-layers');
  await registerKernels(tf);
  await registerKernels(tf, { backend: 'cpu' });
  const layers = { ...tfl.layers, ...layersFor(tf, tfl) };
`;

/** Runs all programs in one process, each on new backends. A program that damages its memory damages the memory of its backend only. */
function outputs(withPackage) {
  const programs = reports.map(({ code }) => `async (tfl) => {\n${code}\n}`);
  const source = `
    ${codeOf(introduction)}
    tf.enableProdMode();
    ${withPackage ? WITH_PACKAGE : 'const { layers } = tfl;'}
    const all = [];
    console.log = (line) => all.at(-1).push(line);
    console.info = console.warn = () => {};
    for (const program of [${programs.join(',\n')}]) {
      all.push([]);
      try {
        await tf.setBackend('wasm');
        await program({ ...tfl, layers });
      } catch (error) {
        all.at(-1).push(String(error).split('\\n')[0]);
      }
      try {
        tf.engine().reset();
      } catch {
        delete tf.engine().registry.wasm; // a damaged module cannot end in an orderly way
        tf.engine().reset();
      }
    }
    process.stdout.write('\\n' + JSON.stringify(all), () => process.exit());
  `;
  return JSON.parse(runInChild(source, { timeout: 60_000 }).split('\n').at(-1));
}

/** Returns the codes of a line such as "- Actual: `1`, `2`", or undefined if it says "an error". */
function lineOf(text, name) {
  const line = new RegExp(`^- ${name}: (.*)$`, 'm').exec(text)?.[1];
  assert.ok(line, `the report has no line "${name}": ${text.slice(0, 80)}`);
  return line === 'an error' ? undefined : [...line.matchAll(/`([^`]*)`/g)].map(([, code]) => code);
}

function assertPrints(printed, wanted) {
  if (!wanted) return assert.match(printed.join('\n'), /^\w*Error: /);
  const isCut = wanted.at(-1).endsWith('…');
  const texts = isCut ? printed.map((text) => `${text.slice(0, wanted.at(-1).length - 1)}…`) : printed;
  assert.deepEqual(texts, wanted);
}

for (const [who, withPackage] of [
  ['tfjs alone', false],
  ['this package', true],
]) {
  describe(`the programs of docs/upstream.md with ${who}`, () => {
    const printed = outputs(withPackage);
    for (const [i, { title, expected, actual, isRepaired }] of reports.entries()) {
      const wanted = withPackage ? expected : actual;
      if (!withPackage || isRepaired) test(title, () => assertPrints(printed[i], wanted));
    }
  });
}

test('each report is about a fault', () => {
  for (const { title, expected, actual } of reports) assert.notDeepEqual(expected, actual, title);
});
