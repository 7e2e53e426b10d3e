import { relative } from 'node:path';
import { buildDemo, demoFolder, viteCommand } from './build-demo.js';
import { buildModule } from './cmake.js';
import { runProgram } from './program.js';
import { projectRoot } from './project-root.js';
import { findOrInstallBrowsers } from './setup/browsers.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript, say, SetupError } from './steps.js';

// node scripts/demo.js [serve | build | dev | screenshots] [OPTION OF VITE…]: the web demo, also in a fresh clone. `serve`, the default, builds it and
// serves what was built; `dev` serves the sources, and pages follow when they change; `screenshots` takes the README's pictures.

const commands = {
  async serve(options) {
    await buildDemo();
    await runProgram([viteCommand, 'preview', 'web-demo', ...options]);
  },
  async build() {
    await buildDemo();
    say(`\nThe demo is in ${relative(projectRoot, demoFolder)}/, to be copied to any place of any static host.`);
  },
  async dev(options) {
    await installNodeModules('web-demo');
    await runProgram([viteCommand, 'dev', 'web-demo', ...options]);
  },
  async screenshots() {
    await findOrInstallBrowsers();
    await buildDemo();
    await runProgram(['web-demo/screenshots/main.js']);
  },
};

runScript(async () => {
  const [first = 'serve', ...rest] = process.argv.slice(2);
  const [name, options] = first.startsWith('-') ? ['serve', [first, ...rest]] : [first, rest];
  if (!Object.hasOwn(commands, name)) {
    throw new SetupError(`There is no command '${name}'; allowed are ${Object.keys(commands).join(', ')}.`);
  }
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten());
  await commands[name](options);
});
