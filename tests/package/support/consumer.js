import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/project-root.js';
import { packedPackage } from '../../../scripts/pack.js';

const execute = promisify(execFile);
const tools = join(projectRoot, 'tests/package/node_modules');

/** The folders of this file's tests. They are removed after the last test: a hook that a test adds would not run. */
const folders = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/**
 * Returns a project outside of this one in which the packed package is installed. It is removed after the tests of the file.
 *
 * @param {Record<string, string>} files the texts of its files, by path
 * @param {object} [options]
 * @param {boolean} [options.withTools] whether it can import the packages of tests/package, bundlers and TensorFlow.js, as if they were
 *   installed one folder higher. Default true
 * @param {Record<string, string>} [options.packages] the packages that npm installs in it, with their versions
 */
export async function makeConsumer(files, { packages, withTools = !packages } = {}) {
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

    /** Removes a file or a folder. */
    remove: (path) => rm(join(folder, path), { recursive: true, force: true }),

    read: (path) => readFile(join(folder, path)),

    /** Copies a file or a folder of the project or of another path. */
    copy: (from, to) => cp(resolve(folder, from), join(folder, to), { recursive: true }),

    /** Runs a file of the project in Node, and returns its output. */
    node: (...args) => run(process.execPath, args, folder),

    /** Runs a program, such as one in node_modules, in the folder of the project or in another one, and returns its output. */
    run: (program, args, cwd = folder) => run(program.includes('/') ? resolve(folder, program) : program, args, cwd),

    /** Runs a tool of tests/package, and returns its output. */
    tool: (name, ...args) => run(join(tools, '.bin', name), args, folder),

    /** Starts a server in Node and waits for a line of its output. Returns a function that stops the server. */
    serve: (args, line, variables = {}) => serve(args, line, folder, variables),
  };
  await consumer.write({ 'package.json': JSON.stringify({ private: true, type: 'module' }), ...files });
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // The package has no dependencies, and optional peers are not installed.
  await run('npm', [...install, '--offline', packedPackage().tarball], folder);
  const versions = Object.entries(packages ?? {}).map(([name, version]) => `${name}@${version}`);
  if (packages) await run('npm', [...install, '--prefer-offline', ...versions], folder);
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

async function serve(args, line, folder, variables) {
  const server = spawn(process.execPath, args, { cwd: folder, env: { ...environment(), ...variables } });
  let output = '';
  await new Promise((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (text) => {
        output += text;
        if (output.includes(line)) resolve(undefined);
      });
    }
    server.on('exit', () => reject(new Error(`${args.join(' ')} ended:\n${output}`)));
  });
  return () => void server.kill();
}

/** Returns the environment without the variables that npm and node:test set for this project. */
function environment() {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/i.test(name),
  );
  return { ...Object.fromEntries(others), NO_COLOR: '1' };
}

/** Imports a tool of tests/package. */
export function importTool(path) {
  return import(join(tools, path));
}
