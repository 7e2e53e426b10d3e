import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from '../command-line.js';
import { projectRoot } from '../project-root.js';
import { installNodeModules } from '../setup/node-modules.js';
import { run, runScript, say, SetupError } from '../steps.js';

// npm run docs:api: the API reference, docs/api, from the types and the comments of js/**/*.d.ts.

const folder = join(projectRoot, 'scripts/docs');
const written = join(projectRoot, 'docs/api');
const made = join(projectRoot, 'build/docs-api');

const help = `npm run docs:api [-- --check]

Writes docs/api from js/**/*.d.ts. Whatever has no doc comment is an error.

  --check   write nothing, and fail where docs/api is not what would be written
  --help    this text`;

runScript(async () => {
  const values = readOptions({ check: { type: 'boolean' }, help: { type: 'boolean' } }, help);
  if (values.help) return console.log(help);
  await installNodeModules('scripts/docs');
  rmSync(made, { recursive: true, force: true });
  await run(process.execPath, [join(folder, 'node_modules/typedoc/bin/typedoc'), '--out', made], { cwd: folder });
  const changed = differing();
  if (changed.length === 0) return say('docs/api is up to date.');
  if (values.check) {
    throw new SetupError(
      `docs/api is not what js/**/*.d.ts says: ${changed.join(', ')}. \`npm run docs:api\` writes it.`,
    );
  }
  rmSync(written, { recursive: true, force: true });
  cpSync(made, written, { recursive: true });
  say(`docs/api: wrote ${changed.join(', ')}.`);
});

/** The files that are not the same in both, or are in one only. */
function differing() {
  const [before, after] = [contentsOf(written), contentsOf(made)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}

function contentsOf(root) {
  try {
    return new Map(readdirSync(root).map((name) => [name, readFileSync(join(root, name), 'utf8')]));
  } catch (error) {
    if (error.code === 'ENOENT') return new Map();
    throw error;
  }
}
