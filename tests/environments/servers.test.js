// Servers of frameworks: Nitro, which Nuxt uses, and SvelteKit.
import { after } from 'node:test';
import { freePort } from '../browser/support/free-port.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import { PROGRAMS, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';
import { answerOf, reportAt } from './support/server.js';

const programs = Object.entries(PROGRAMS);
const answers = (nesting) =>
  programs.map(([name, program]) => [name, answerOf(program).replaceAll("'./report", `'${nesting}report`)]);

const nitro = await makeConsumer(
  {
    ...REPORTERS,
    ...Object.fromEntries(
      answers('../').map(([name, answer]) => [
        `routes/${name}.js`,
        `${answer}\nexport default defineEventHandler(answer);`,
      ]),
    ),
    'nitro.config.js': guideFile('Nuxt and Nitro', 'nitro.config.js').replace(
      '({',
      "({ compatibilityDate: '2026-01-01',",
    ),
  },
  { packages: { ...TFJS, nitropack: '^2.13.6' } },
);
const svelte = await makeConsumer(
  {
    ...Object.fromEntries(Object.entries(REPORTERS).map(([name, code]) => [`src/${name}`, code])),
    ...Object.fromEntries(
      answers('../../').map(([name, answer]) => [
        `src/routes/${name}/+server.js`,
        `${answer}\nexport const GET = answer;`,
      ]),
    ),
    'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
    'svelte.config.js': "import adapter from '@sveltejs/adapter-node'; export default { kit: { adapter: adapter() } };",
    'vite.config.js': "import { sveltekit } from '@sveltejs/kit/vite'; export default { plugins: [sveltekit()] };",
  },
  {
    packages: {
      ...{ ...TFJS, '@sveltejs/kit': '^2.70.4', '@sveltejs/adapter-node': '^5.5.7' },
      ...{ '@sveltejs/vite-plugin-svelte': '^7.3.1', svelte: '^5.57.3', vite: '^8.4.0' },
    },
  },
);

const stops = [];
after(() => stops.forEach((stop) => stop()));

/** Returns runs that build and start the server before the first of them. */
function runsOf(consumer, build, program) {
  let started;
  const start = async () => {
    const port = await freePort();
    await consumer.node(...build);
    const stop = await consumer.serve([program], 'Listening on', { PORT: String(port) });
    stops.push(stop);
    return port;
  };
  return Object.fromEntries(
    programs.map(([name]) => [name, async () => reportAt(`http://localhost:${await (started ??= start())}/${name}`)]),
  );
}

testEnvironment('Nitro', {
  version: versionOf(nitro, 'nitropack'),
  guide: 'Nuxt and Nitro',
  runs: runsOf(nitro, ['node_modules/nitropack/dist/cli/index.mjs', 'build'], '.output/server/index.mjs'),
});
testEnvironment('SvelteKit', {
  version: versionOf(svelte, '@sveltejs/kit'),
  guide: 'SvelteKit',
  runs: runsOf(svelte, ['node_modules/vite/bin/vite.js', 'build'], 'build/index.js'),
});
