import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { UserError } from '../run-tasks.js';

const folder = join(projectRoot, 'scripts/docs');
const committed = join(projectRoot, 'docs/api');
const generated = join(projectRoot, 'build/docs-api');

/**
 * Writes the API reference, docs/api, from the types and comments of js/**\/*.d.ts. Returns a sentence about what changed.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {{ check: boolean }} options `check`: fail instead of writing
 */
export async function apiReference(run, { check }) {
  rmSync(generated, { recursive: true, force: true });
  await run(process.execPath, [join(folder, 'node_modules/typedoc/bin/typedoc'), '--out', generated], { cwd: folder });
  correctAnchors(join(generated, 'depthwise-wasm.md'));
  const [before, after] = [contentsOf(committed), contentsOf(generated)];
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return 'docs/api is up to date.';
  if (check)
    throw new UserError(`docs/api differs from js/**/*.d.ts: ${changed.join(', ')}. \`npm run docs:api\` writes it.`);
  rmSync(committed, { recursive: true, force: true });
  cpSync(generated, committed, { recursive: true });
  return `docs/api: wrote ${changed.join(', ')}.`;
}

/**
 * Corrects the links to the interface DepthwiseConv2D. TypeDoc also counts the method `Depthwise.conv2d` as "depthwiseconv2d", but the
 * heading of this method is "conv2d()".
 */
function correctAnchors(page) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.replaceAll('(#depthwiseconv2d-2)', '(#depthwiseconv2d-1)'));
}

function contentsOf(root) {
  const names = existsSync(root) ? readdirSync(root) : [];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}
