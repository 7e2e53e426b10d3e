import { fileURLToPath } from 'node:url';

/** The path of Bun, if its package in this folder is installed. */
export const bunPath = fileURLToPath(
  new URL(
    `node_modules/@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`,
    import.meta.url,
  ),
);
