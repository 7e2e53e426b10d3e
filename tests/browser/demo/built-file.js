import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoFolder } from '../../../scripts/build-demo.js';

/** The text of a file of the built demo, by its path on the site. */
export function contentOf(path) {
  return readFileSync(join(demoFolder, path), 'utf8');
}
