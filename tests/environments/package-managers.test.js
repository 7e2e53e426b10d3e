// Other package managers than npm: they install the packed package and TensorFlow.js, and Node runs the programs.
import { makeConsumer } from '../package/support/consumer.js';
import { packedPackage } from '../../scripts/pack.js';
import { programFiles, PROGRAMS, reportIn, testEnvironment, TFJS, versionOf } from './support/environment.js';

const managers = await makeConsumer({}, { packages: { pnpm: '^10.34.9', '@yarnpkg/cli-dist': '^4.18.1' } });
const pnpm = `${managers.folder}/node_modules/pnpm/bin/pnpm.cjs`;
const yarn = `${managers.folder}/node_modules/@yarnpkg/cli-dist/bin/yarn.js`;

/** Makes a project for a package manager, which must install its dependencies. */
async function makeProject(files) {
  const consumer = await makeConsumer({ ...programFiles(), ...files }, { withTools: false });
  const dependencies = { 'depthwise-wasm': `file:${packedPackage().tarball}`, ...TFJS };
  await consumer.remove('node_modules');
  await consumer.remove('package-lock.json');
  await consumer.write({ 'package.json': JSON.stringify({ private: true, type: 'module', dependencies }) });
  return consumer;
}
const registry = (await managers.run('npm', ['config', 'get', 'registry'])).trim();
const withPnpm = await makeProject({});
const withYarn = await makeProject({
  'yarn.lock': '',
  '.yarnrc.yml': [
    ...['nodeLinker: pnp', 'enableScripts: false', 'enableTelemetry: false', 'enableImmutableInstalls: false'],
    `npmRegistryServer: '${registry}'`,
  ].join('\n'),
});
await withPnpm.node(pnpm, 'install', '--prefer-offline', '--ignore-scripts');
await withYarn.node(yarn, 'install');

const runsWith = (run) =>
  Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, async () => reportIn(await run(`${name}.js`))]));

testEnvironment('pnpm', { version: versionOf(managers, 'pnpm'), runs: runsWith((file) => withPnpm.node(file)) });

testEnvironment('Yarn PnP', {
  version: versionOf(managers, '@yarnpkg/cli-dist'),
  runs: runsWith((file) => withYarn.node(yarn, 'node', file)),
});
