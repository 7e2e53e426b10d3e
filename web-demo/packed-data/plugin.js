// Data of npm packages that the pages download only when the user needs them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packedDigits } from './digits.js';
import { packedMobileNet } from './mobilenet.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const inPackages = (path) => here(`../node_modules/${path}`);

/** The pages import the files from this folder. */
const folder = here('../../build/demo-data/');

/** Writes the files before the pages import them. */
export function packedData() {
  return {
    name: 'packed-data',
    buildStart() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}digits.png`, packedDigits(inPackages));
      writeFileSync(`${folder}mobilenet.bin`, packedMobileNet(inPackages));
    },
  };
}
