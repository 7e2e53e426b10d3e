import { randomInt } from 'node:crypto';
import { chosen, readOptions } from './command-line.js';
import { fuzzJavascript, javascriptTargets } from './fuzz/javascript.js';
import { fuzzNative, nativeTargets } from './fuzz/native.js';
import { runScript, SetupError } from './steps.js';

/** What can be fuzzed: names of targets, and what runs some of them (see `fuzzNative`). */
const fuzzers = [
  { names: nativeTargets, run: fuzzNative },
  { names: javascriptTargets, run: fuzzJavascript },
];

const names = fuzzers.flatMap((fuzzer) => fuzzer.names);

const help = `npm run fuzz [-- --seconds SECONDS --target TARGET[,TARGET…] --seed SEED]

Gives the C++ library inputs that nobody thought of, under address and undefined behaviour sanitizers,
and the JavaScript API programs and values that nobody thought of, and compares what they compute with
the definition in float64.

  --seconds   for each target; 60 by default
  --target    of ${nativeTargets.join(', ')},
              ${javascriptTargets.join(', ')};
              all by default
  --seed      a whole number; another one each time by default
  --help      this text

An input of the C++ library that fails is kept in tests/fuzz/cases/TARGET/, and every run of npm test
tries it again; one of the JavaScript API is printed, to be made a test of.
At the end: how many stored cases and how many inputs each target has tried.`;

runScript(async () => {
  const options = readArguments();
  if (options.help) return console.log(help);
  const rows = [];
  for (const fuzzer of fuzzers) {
    const targets = fuzzer.names.filter((name) => options.targets.includes(name));
    if (targets.length > 0) rows.push(...(await fuzzer.run({ ...options, targets })));
  }
  printRows(rows, options.seed);
  if (rows.some(({ failure }) => failure)) process.exitCode = 1;
});

function readArguments() {
  const text = { type: 'string' };
  const values = readOptions({ seconds: text, target: text, seed: text, help: { type: 'boolean' } }, help);
  const targets = chosen('target', values.target, names);
  const seconds = wholeNumber('seconds', values.seconds ?? '60', 1_000_000);
  const seed = wholeNumber('seed', values.seed ?? String(randomInt(1, 2 ** 31)), 2 ** 31 - 1);
  return { help: values.help, targets, seconds, seed };
}

function wholeNumber(name, text, most) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new SetupError(`--${name} must be a whole number from 1 to ${most}, got '${text}'.`);
}

function printRows(rows, seed) {
  console.log(`\n${'target'.padEnd(22)}${'cases'.padStart(7)}${'inputs'.padStart(12)}`);
  for (const { name, cases, inputs, failure } of rows) {
    const line = `${name.padEnd(22)}${String(cases).padStart(7)}${String(inputs).padStart(12)}`;
    console.log(failure ? `${line}  failed: ${failure}` : line);
  }
  const total = rows.reduce((sum, { inputs }) => sum + inputs, 0);
  console.log(
    `\nseed ${seed}: ${total} inputs, ${rows.filter(({ failure }) => failure).length} of ${rows.length} targets failed`,
  );
}
