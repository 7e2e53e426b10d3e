import { chosen, readOptions } from './command-line.js';
import { runScript, say, SetupError } from './steps.js';
import { suites } from './test/suites.js';

const names = Object.keys(suites);

const help = `npm test [-- --only SUITE[,SUITE…]]

Runs the suites, each one also if an earlier one failed: ${names.join(', ')}.
Before each, sets up what it needs and does not find: Node packages, Emscripten, Catch2, LLVM 14,
Chromium and Firefox.

  --only   the suites to run, separated by commas
  --help   this text

At the end: a table, and the line "total: N passed, N failed". C++ and JavaScript count test
cases, clang-tidy files and the fuzzers targets. ESLint, Prettier, clang-format, the type checks,
the API reference and that tests reach 99 % of the lines count as one each.`;

runScript(async () => {
  const options = readOptions({ only: { type: 'string' }, help: { type: 'boolean' } }, help);
  if (options.help) return console.log(help);
  const rows = [];
  for (const name of chosen('only', options.only, names)) {
    rows.push(await runSuite(suites[name]));
  }
  printSummary(rows);
  if (rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
});

async function runSuite({ title, run }) {
  say(`\n── ${title}`);
  const start = performance.now();
  const result = await run().catch((error) => {
    say(`\n${error instanceof SetupError ? error.message : error.stack}`);
    return { passed: 0, failed: 1, note: 'could not run' };
  });
  return { title, ...result, seconds: (performance.now() - start) / 1000 };
}

function printSummary(rows) {
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  const line = (title, passed, failed, seconds, note) =>
    [title.padEnd(22), ...[passed, failed, seconds].map((cell) => String(cell).padStart(9)), ` ${note}`]
      .join('')
      .trimEnd();
  console.log(`\n${line('suite', 'passed', 'failed', 'seconds', '')}`);
  for (const { title, passed, failed, seconds, note = '' } of rows) {
    console.log(line(title, passed, failed, seconds.toFixed(1), note));
  }
  console.log(`\ntotal: ${total('passed')} passed, ${total('failed')} failed`);
}
