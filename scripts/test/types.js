import { buildModule } from '../cmake.js';
import { installNodeModules } from '../setup/node-modules.js';
import { check, nodeTool } from './check.js';
import { emscripten, nodeModules } from './needs.js';
import { sum } from './verdict.js';

export async function types() {
  await nodeModules();
  await installNodeModules('web-demo');
  await buildModule(await emscripten()); // js/ imports the loaders in dist/
  return sum([
    await check('TypeScript', nodeTool('tsc'), ['-p', 'tsconfig.json']),
    await check('TypeScript of web-demo/', nodeTool('tsc'), ['-p', 'web-demo/tsconfig.json']),
  ]);
}
