// Vitest, in each of its environments in Node.
import { makeConsumer } from '../package/support/consumer.js';
import { partsOf, PROGRAMS, REPORTERS, reportIn, testEnvironment, TFJS, versionOf } from './support/environment.js';

const packages = { ...TFJS, vitest: '^4.1.12', jsdom: '^29.1.1', 'happy-dom': '^21.0.4' };
const consumer = await makeConsumer(REPORTERS, { packages });

/** Returns a test of Vitest that runs a program. */
function testOf(program) {
  const { imports, body } = partsOf(program, (report) => `console.log('REPORT ' + JSON.stringify(${report}))`);
  return `import { test } from 'vitest';\n${imports}\ntest('computes', async () => {\n${body}\n});\n`;
}

for (const environment of ['node', 'jsdom', 'happy-dom']) {
  const run = (what) => async () => {
    await consumer.write({ 'a.test.js': testOf(PROGRAMS[what]) });
    const options = ['run', '--environment', environment, '--disable-console-intercept'];
    return reportIn(await consumer.node('node_modules/vitest/vitest.mjs', ...options));
  };
  const runs = Object.fromEntries(Object.keys(PROGRAMS).map((what) => [what, run(what)]));
  testEnvironment(`Vitest, ${environment}`, { version: versionOf(consumer, 'vitest'), runs });
}
