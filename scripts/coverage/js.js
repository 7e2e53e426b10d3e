import { join } from 'node:path';
import { buildModule } from '../cmake.js';
import { projectRoot } from '../project-root.js';
import { run, say, step } from '../steps.js';
import { nodeTool } from '../test/check.js';
import { filesUnder } from '../test/files-under.js';
import { emscripten, nodeModules } from '../test/needs.js';

const folder = 'build/coverage/js';

/** What the tests that run in Node reach of js/, counted by V8 and told by c8. */
export async function jsCoverage() {
  await nodeModules();
  await buildModule(await emscripten());
  const temporary = `${folder}/v8`;
  const { outcome, output } = await step('JavaScript tests, counted', () =>
    run(process.execPath, ['--import=./tests/as-simd.js', '--test', ...filesUnder('tests/js', /\.test\.js$/)], {
      cwd: projectRoot,
      // The children that some of the tests start write there too.
      env: { ...process.env, NODE_V8_COVERAGE: join(projectRoot, temporary) },
      mayFail: true,
    }),
  );
  const report = await run(
    nodeTool('c8'),
    [
      'report',
      `--temp-directory=${temporary}`,
      '--all',
      '--src=js',
      '--include=js/**/*.js',
      '--reporter=text',
      '--reporter=html',
      `--reports-dir=${folder}/html`,
    ],
    { cwd: projectRoot },
  );
  if (outcome) {
    process.exitCode = 1;
    say(`The tests ${outcome}: ${output.match(/^ *not ok .*$/gm)?.join(', ') ?? output}`);
  }
  console.log(`\nJavaScript, each line: ${folder}/html/index.html\n\n${report}`);
}
