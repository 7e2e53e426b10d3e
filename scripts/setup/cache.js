import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { say, SetupError } from '../steps.js';

/** Outside the checkout, so that a fresh clone does not download the compilers again. */
function cacheRoot() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'depthwise-wasm');
}

/**
 * The folder `name` in the cache, made by `build(emptyFolder)` if it is not there yet. It appears
 * under its name only when it is complete; of several runs at once, one builds and the others wait.
 * What `build` writes must not name its own folder, which is renamed afterwards.
 */
export async function cachedFolder(name, build) {
  const folder = join(cacheRoot(), name);
  if (existsSync(folder)) return folder;
  return withLock(name, async () => {
    if (existsSync(folder)) return folder;
    const prefix = `${name}.unfinished-`;
    await removeAbandoned(prefix);
    const unfinished = await mkdtemp(join(cacheRoot(), prefix));
    try {
      const content = join(unfinished, 'content');
      await mkdir(content);
      await build(content);
      await rename(content, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  });
}

/** Removes what killed runs left. A command that such a run had started may still write to it. */
async function removeAbandoned(prefix) {
  const names = (await readdir(cacheRoot())).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const options = { recursive: true, force: true, maxRetries: 3 };
    await rm(join(cacheRoot(), name), options).catch(() => say(`Could not remove ${name}`));
  }
}

/**
 * Runs `work` while no other process holds the lock `name`. The lock is the kernel's, held by a
 * child that ends when its stdin closes, however this process ends: none can be left behind.
 */
export async function withLock(name, work) {
  await mkdir(cacheRoot(), { recursive: true });
  const file = join(cacheRoot(), `${name}.lock`);
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = setTimeout(() => say(`Waiting for another run to set up ${name} …`), 1000);
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('error', reject);
      holder.once('close', () => reject(new SetupError(`Could not lock ${file}.`)));
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
  }
}
