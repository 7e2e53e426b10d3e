import { buildTasks } from '../build-tasks.js';
import { settleTasks } from '../run-tasks.js';
import { suites } from './suites.js';

/**
 * Runs test suites, prints the output of those that fail, and a table of all.
 *
 * @param {{ only?: string[], emscripten: string }} options `only`: names of suites
 */
export async function runSuites({ only = Object.keys(suites).filter((name) => !suites[name].optional), emscripten }) {
  const build = buildTasks({ emscripten, targets: ['failing_module'], withTests: true });
  // Tasks of both kinds have names like wasm.
  const asTasks = Object.entries(suites).map(([name, suite]) => [`test-${name}`, suite]);
  const results = await settleTasks(
    { ...build, ...Object.fromEntries(asTasks) },
    only.map((name) => `test-${name}`),
  );
  const rows = only.map((name) => {
    const { value, error, seconds, output } = results[`test-${name}`];
    const result = error ? { passed: 0, failed: 1, note: error.message } : value;
    if (result.failed > 0)
      console.log(`\n── ${suites[name].title}: failed ${'─'.repeat(60)}\n${output}\n${error?.stack ?? ''}`);
    return { title: suites[name].title, seconds, ...result };
  });
  printTable(rows);
  if (rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

function printTable(rows) {
  const line = (title, passed, failed, seconds, note = '') =>
    [title.padEnd(26), ...[passed, failed, seconds].map((cell) => String(cell).padStart(9)), `  ${note.split('\n')[0]}`]
      .join('')
      .trimEnd();
  console.log(`\n${line('suite', 'passed', 'failed', 'seconds')}`);
  for (const { title, passed, failed, seconds, note } of rows)
    console.log(line(title, passed, failed, seconds.toFixed(1), note));
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  console.log(`\ntotal: ${total('passed')} passed, ${total('failed')} failed`);
}
