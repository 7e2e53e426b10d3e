// Cloudflare Workers: bundled by wrangler, and run in workerd.
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import {
  partsOf,
  PROGRAMS,
  programFiles,
  programOf,
  reportIn,
  testEnvironment,
  TFJS,
  versionOf,
} from './support/environment.js';

const programs = {
  load: programOf(guideFile('Cloudflare Workers', 'load.js')),
  train: programOf(guideFile('Cloudflare Workers', 'train.js')),
  standalone: PROGRAMS.standalone,
};
/** Returns a worker that answers with the report of a program or with its error. A worker computes only while it answers. */
function workerOf(program) {
  const { imports, body } = partsOf(program, (report) => `return new Response('REPORT ' + JSON.stringify(${report}))`);
  return `${imports}
export default {
  async fetch() {
    try { ${body} } catch (error) { return new Response(error.message); }
  },
};`;
}

const consumer = await makeConsumer(
  {
    ...programFiles(Object.fromEntries(Object.entries(programs).map(([name, code]) => [name, workerOf(code)]))),
    'run.js': `
      import { Miniflare } from 'miniflare';
      const modules = { modules: true, modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }] };
      const scriptPath = \`dist/\${process.argv[2]}.js\`;
      const flare = new Miniflare({ ...modules, scriptPath, compatibilityDate: '2026-01-01' });
      console.log(await (await flare.dispatchFetch('http://worker/')).text());
      await flare.dispose();
    `,
  },
  { packages: { ...TFJS, wrangler: '^4.86.0' } },
);

async function run(name) {
  const options = ['--dry-run', '--outdir', 'dist', '--name', 'worker', '--compatibility-date', '2026-01-01'];
  await consumer.node('node_modules/wrangler/bin/wrangler.js', 'deploy', `${name}.js`, ...options);
  return reportIn(await consumer.node('run.js', name));
}

testEnvironment('Cloudflare Workers', {
  version: `wrangler ${versionOf(consumer, 'wrangler')}`,
  guide: 'Cloudflare Workers',
  runs: { load: () => run('load'), train: () => run('train'), standalone: () => run('standalone') },
  fails: { standalone: /disallowed by embedder/ },
});
