// Writes the service worker of the built demo: service-worker.js with the list of the files that it stores.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';

const NAME = 'service-worker.js';

/** The service worker stores larger files only when a page uses them. */
const MAX_BYTES = 2_000_000;

/** The Vite plugin. */
export function serviceWorker() {
  let folder;
  return {
    name: 'service-worker',
    apply: /** @type {const} */ ('build'),
    configResolved({ build }) {
      folder = build.outDir;
    },
    closeBundle: () => writeServiceWorker(folder),
  };
}

/** Writes the service worker for the files in a folder. Its version is a hash of the files. @param {string} folder */
export function writeServiceWorker(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file !== NAME && statSync(join(folder, file)).isFile())
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
  const stored = files
    .filter((file) => statSync(join(folder, file)).size <= MAX_BYTES)
    .map((file) => file.split(sep).join('/'));
  const constants = { VERSION: hash.digest('hex').slice(0, 16), FILES: stored };
  const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  const script = readFileSync(new URL(NAME, import.meta.url), 'utf8');
  writeFileSync(join(folder, NAME), [...lines, script].join('\n'));
}
