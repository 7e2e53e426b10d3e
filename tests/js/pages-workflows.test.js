// Checks the workflows in .github with the parser of GitHub, and that their commands exist.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { projectRoot } from './support/child.js';
import { unknownCommands } from './support/commands.js';

const folder = join(projectRoot, '.github/workflows');
const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name), 'utf8') }));
const parser = await importParser();

/** Imports a bundle of the parser: the package imports JSON in a way that bundlers accept and Node does not. */
async function importParser() {
  const outfile = join(projectRoot, 'build/workflow-parser.js');
  const contents = `export { parseWorkflow, NoOperationTraceWriter, convertWorkflowTemplate } from '@actions/workflow-parser';`;
  const stdin = { contents, resolveDir: projectRoot };
  await build({ stdin, bundle: true, format: 'esm', platform: 'node', external: ['yaml'], outfile, logLevel: 'error' });
  return import(outfile);
}

async function errorsIn(file) {
  const { context, value } = parser.parseWorkflow(file, new parser.NoOperationTraceWriter());
  if (value) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

for (const file of files) {
  test(`${file.name} is a valid workflow with commands that exist`, async () => {
    assert.deepEqual(await errorsIn(file), []);
    const steps = Object.values(parse(file.content).jobs).flatMap((job) => job.steps);
    const lines = steps.flatMap(({ run = '' }) => run.split('\n')).filter((line) => /^(npm|node) /.test(line));
    assert.deepEqual(lines.map((line) => line.replace(/\$\{\{.*?\}\}/g, 'x')).flatMap(unknownCommands), []);
  });
}

test('the parser reports an invalid workflow', async () => {
  const errors = await errorsIn({ name: 'wrong.yml', content: files[0].content.replace('runs-on', 'run-on') });
  assert.match(errors.join(), /Unexpected value 'run-on'/);
});
