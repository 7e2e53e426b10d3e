import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { cppCoverage } from './coverage/cpp.js';
import { jsCoverage } from './coverage/js.js';
import { runScript, SetupError } from './steps.js';

const parts = { cpp: cppCoverage, js: jsCoverage };

const help = `npm run coverage [-- --only cpp|js]

Runs the native C++ tests and the JavaScript tests of Node, and prints which of the lines of cpp/ and js/
they reach, file by file. Every line is in build/coverage/, as HTML. docs/coverage.md says why what is
not reached is not.

  --only   one of the two
  --help   this text`;

runScript(async () => {
  const options = readArguments();
  if (options.help) return console.log(help);
  for (const name of options.only) {
    await rm(`build/coverage/${name}`, { recursive: true, force: true });
    await parts[name]();
  }
});

function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } }));
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${help}`);
  }
  const names = Object.keys(parts);
  if (values.only && !names.includes(values.only)) {
    throw new SetupError(`--only: there is no part '${values.only}'; allowed are ${names.join(', ')}.`);
  }
  return { help: values.help, only: values.only ? [values.only] : names };
}
