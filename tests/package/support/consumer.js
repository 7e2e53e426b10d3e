import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/project-root.js';
import { packedPackage } from '../../../scripts/pack.js';

const execute = promisify(execFile);
const tools = join(projectRoot, 'tests/package/node_modules');

/** All that this file's tests have made. They go after the last test: a hook that a test itself adds would not run. */
const folders = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/**
 * An empty project outside of this one, into which the packed package has been installed. It is removed after the tests of the file.
 *
 * @param {Record<string, string>} files to be written into it, by their paths
 * @param {{ withTools?: boolean }} [options] withTools: whether the packages of tests/package, bundlers and TensorFlow.js, are to be found from
 *   there, as if they had been installed one folder higher. Default true
 */
export async function makeConsumer(files, { withTools = true } = {}) {
  const parent = await mkdtemp(join(tmpdir(), 'depthwise-wasm-consumer-'));
  folders.push(parent);
  const folder = join(parent, 'project');
  await mkdir(folder);
  if (withTools) await symlink(tools, join(parent, 'node_modules'), 'dir');
  const consumer = {
    folder,

    /** @param {Record<string, string>} files */
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
    },

    read: (path) => readFile(join(folder, path)),

    /** Copies a file or a folder of the project, or of elsewhere. */
    copy: (from, to) => cp(join(folder, from), join(folder, to), { recursive: true }),

    /** What Node prints for a file of the project. */
    node: (...args) => run(process.execPath, args, folder),

    /** What a tool of tests/package prints. */
    tool: (name, ...args) => run(join(tools, '.bin', name), args, folder),
  };
  await consumer.write({ 'package.json': JSON.stringify({ private: true, type: 'module' }), ...files });
  // Without a network: it depends on nothing, and its optional peers stay away.
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', [...install, packedPackage().tarball], folder);
  return consumer;
}

async function run(command, args, folder) {
  try {
    const { stdout } = await execute(command, args, { cwd: folder, env: environment() });
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** Of a shell in which nobody runs npm: what `npm test` tells its scripts is about this project. And engines are not made to play others. */
function environment() {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/i.test(name),
  );
  return { ...Object.fromEntries(others), NO_COLOR: '1' };
}

/** A tool of tests/package by its interface for programs. */
export function importTool(path) {
  return import(join(tools, path));
}
