import { parseArgs } from 'node:util';
import { judge } from './expected.js';
import { runSuite } from './run.js';

// node tests/tfjs-suite/main.js [--plain] [--leak-check]: prints the failures, and the differences from the list; --plain: tfjs without our
// kernels.

const { values } = parseArgs({ options: { plain: { type: 'boolean' }, 'leak-check': { type: 'boolean' } } });
const { plain = false, 'leak-check': leakCheck = false } = values;

const { specs, calls } = await runSuite({ plain, leakCheck });
const failed = specs.filter(({ passed }) => !passed);
const { unexpected, stale } = judge(specs);

print(
  'failed',
  failed.map(({ spec, message }) => `${spec}: ${message}`),
);
print('not listed, or for another reason', unexpected);
print('listed, but passed', stale);
print(
  'calls of our kernels',
  Object.entries(calls).map(([name, count]) => `${name}: ${count}`),
);
console.log(`${specs.length} specs, ${failed.length} failed, ${unexpected.length} unexpected, ${stale.length} stale`);
if (unexpected.length + stale.length > 0) process.exitCode = 1;

function print(title, lines) {
  console.log(`${title}:`);
  for (const line of lines) console.log(`  ${line.replaceAll('\n', ' ')}`);
}
