import { chosen, readOptions } from './command-line.js';
import { cppCoverage } from './coverage/cpp.js';
import { jsCoverage } from './coverage/js.js';
import { runScript } from './steps.js';
import { countedNodeTests } from './test/javascript.js';

const parts = { cpp: cppCoverage, js: async () => (await countedNodeTests(), jsCoverage()) };

const help = `npm run coverage [-- --only cpp|js]

Runs the native C++ tests and the JavaScript tests of Node, and prints which of the lines of cpp/ and js/
they reach, file by file. Every line is in build/coverage/, as HTML. docs/coverage.md says why what is
not reached is not.

  --only   one of the two
  --help   this text`;

runScript(async () => {
  const options = readOptions({ only: { type: 'string' }, help: { type: 'boolean' } }, help);
  if (options.help) return console.log(help);
  for (const name of chosen('only', options.only, Object.keys(parts))) {
    const { table } = await parts[name]();
    console.log(`\n${name}/, each line: build/coverage/${name}/html/index.html\n\n${table}`);
  }
});
