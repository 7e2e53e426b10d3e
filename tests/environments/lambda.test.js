// AWS Lambda: esbuild bundles a handler to one CommonJS file, and the file runs in a folder without packages.
import { join } from 'node:path';
import { makeConsumer } from '../package/support/consumer.js';
import { guideCommand, guideFile } from '../package/support/guide.js';
import { partsOf, PROGRAMS, REPORTERS, reportIn, testEnvironment, TFJS, versionOf } from './support/environment.js';

const packages = { ...TFJS, esbuild: '^0.28.2' };
const consumer = await makeConsumer(REPORTERS, { packages });
// The runtime of Lambda requires the file, and calls the handler for each event. The second call finds a module that has started.
const runtime = await makeConsumer({
  'runtime.cjs': `
    const { handler } = require(process.argv[2]);
    const context = { functionName: 'f', getRemainingTimeInMillis: () => 3000 };
    handler({}, context)
      .then(() => handler({}, context))
      .then((answer) => console.log('REPORT ' + JSON.stringify(answer)));
  `,
});

/** Returns the handler of the guide, which reports in place of its own answer. */
function handlerOf(code) {
  const isTraining = code.includes('trainOnWasm');
  const [file, call] = isTraining
    ? ['report-on-tfjs', 'await reportOnTfjs(tf, registration)']
    : ['report-on', 'reportOn(dw)'];
  const handler = code.replace(/return \{.*\};/, `return ${call};`);
  return `import { ${call.match(/report\w+/)[0]} } from './${file}.js';\n${handler}`;
}
const { imports, body } = partsOf(PROGRAMS.standalone, (report) => `return ${report}`);
const handlers = {
  load: handlerOf(guideFile('AWS Lambda', 'load.js')),
  train: handlerOf(guideFile('AWS Lambda', 'train.js')),
  standalone: `${imports}\nexport async function handler() {\n${body}\n}\n`,
};

const run = (what) => async () => {
  await consumer.write({ [`${what}.js`]: handlers[what] });
  const [, ...options] = guideCommand('AWS Lambda').map((word) => word.replace('load.js', `${what}.js`));
  const more = what === 'standalone' ? options.filter((option) => !option.startsWith('--loader')) : options;
  await consumer.run('node_modules/.bin/esbuild', [...more, '--log-level=error']);
  await runtime.copy(join(consumer.folder, 'dist', `${what}.js`), `${what}.cjs`);
  await runtime.remove('node_modules');
  return reportIn(await runtime.node('runtime.cjs', `./${what}.cjs`));
};
testEnvironment('AWS Lambda', {
  version: `Node ${process.versions.node}, esbuild ${versionOf(consumer, 'esbuild')}`,
  guide: 'AWS Lambda',
  runs: { load: run('load'), train: run('train'), standalone: run('standalone') },
});
