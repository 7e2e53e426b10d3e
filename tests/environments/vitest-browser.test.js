// Vitest in its browser mode: tests run in Chromium, which loads the package from the development server of Vite.
import { browserPath } from '../../scripts/setup/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import { partsOf, programOf, PROGRAMS, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const programs = { ...PROGRAMS, train: programOf(guideFile('TensorFlow.js', 'main.js')) };
const launchOptions = { executablePath: browserPath('Chromium'), args: ['--no-sandbox'] }; // no sandbox: see browsers.js
const packages = { ...TFJS, vitest: '^4.1.12', '@vitest/browser-playwright': '^4.1.12', playwright: '^1.56.0' };
/** What the configuration of Vite contains, for each major version. */
const vites = {
  8: {},
  7: { guide: 'Vite', config: guideFile('Vite', 'vite.config.js', 1) },
};

/** Returns the configuration of Vitest. */
const configOf = (config = 'export default {};') => `
  import { playwright } from '@vitest/browser-playwright';
  ${config.replace('export default', 'const config =')}
  const provider = playwright({ launchOptions: ${JSON.stringify(launchOptions)} });
  const browser = { enabled: true, headless: true, provider, instances: [{ browser: 'chromium' }] };
  export default { ...config, test: { browser } };
`;

/** Returns a test of Vitest that writes the report of a program to a file. */
function testOf(program) {
  const { imports, body } = partsOf(
    program,
    (report) => `await commands.writeFile('report.json', JSON.stringify(${report}))`,
  );
  return `import { test } from 'vitest';
import { commands } from 'vitest/browser';
${imports}
test('computes', async () => {
${body}
});
`;
}

const consumers = {};
for (const [major, { config }] of Object.entries(vites)) {
  const files = { ...REPORTERS, 'vitest.config.js': configOf(config) };
  consumers[major] = await makeConsumer(files, { packages: { ...packages, vite: `^${major}.3.8` } });
}

for (const [major, consumer] of Object.entries(consumers)) {
  const run = (what) => async () => {
    await consumer.remove('report.json');
    await consumer.write({ 'a.test.js': testOf(programs[what]) });
    await consumer.node('node_modules/vitest/vitest.mjs', 'run');
    return JSON.parse(String(await consumer.read('report.json')));
  };
  testEnvironment(`Vitest, browser, Vite ${major}`, {
    version: `${versionOf(consumer, 'vitest')}, Vite ${versionOf(consumer, 'vite')}`,
    guide: vites[major].guide ?? 'Vitest',
    runs: Object.fromEntries(Object.keys(programs).map((what) => [what, run(what)])),
  });
}
