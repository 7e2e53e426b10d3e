import { readFile } from 'node:fs/promises';
import os from 'node:os';

export async function packageVersion() {
  return JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

export function machine() {
  const cores = os.cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    platform: os.platform(),
    arch: os.arch(),
    node: process.versions.node,
  };
}
