// The workflows of .github are what GitHub takes, by its own parser, and run what there is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { build } from 'esbuild';
import { parse } from 'yaml';

import { projectRoot } from './support/child.js';
import { problemsOfCommands } from './support/commands.js';

const folder = join(projectRoot, '.github/workflows');
const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name), 'utf8') }));

let parser;

before(async () => {
  // It imports JSON in a way that Node does not take and bundlers do.
  const outfile = join(projectRoot, 'build/workflow-parser.js');
  await build({
    stdin: {
      contents: `export { parseWorkflow, NoOperationTraceWriter, convertWorkflowTemplate } from '@actions/workflow-parser';`,
      resolveDir: projectRoot,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['yaml'],
    outfile,
    logLevel: 'error',
  });
  parser = await import(outfile);
});

async function errorsIn({ name, content }) {
  const { context, value } = parser.parseWorkflow({ name, content }, new parser.NoOperationTraceWriter());
  if (value) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

for (const file of files) {
  test(`${file.name} is a workflow`, async () => assert.deepEqual(await errorsIn(file), []));

  test(`${file.name} runs commands that there are`, () => {
    const steps = Object.values(parse(file.content).jobs).flatMap((job) => job.steps);
    // What GitHub fills in, and what the shell does beside commands, is not for this test.
    const lines = steps.flatMap(({ run = '' }) => run.split('\n')).filter((line) => /^(npm|npx|node) /.test(line));
    const commands = lines.map((line) => line.replace(/\$\{\{.*?\}\}/g, 'x').replace(/ [|>].*$/, ''));
    assert.deepEqual(commands.flatMap(problemsOfCommands), []);
  });

  test(`${file.name} names each action by a version`, () => {
    const steps = Object.values(parse(file.content).jobs).flatMap((job) => job.steps);
    for (const { uses } of steps) if (uses) assert.match(uses, /^[\w-]+\/[\w-]+@v\d+$/);
  });
}

test('what is no workflow is told', async () => {
  const [{ content }] = files;
  const errors = await errorsIn({ name: 'wrong.yml', content: content.replace('runs-on', 'run-on') });
  assert.match(errors.join(), /Unexpected value 'run-on'/);
});
