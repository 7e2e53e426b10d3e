// npm run golden: writes the hashes of this machine to tests/golden/hashes.json. Explain each change in CHANGELOG.md.
import { writeFile } from 'node:fs/promises';
import { runCompute } from './run-compute.js';

const hashes = await runCompute();
await writeFile(new URL('hashes.json', import.meta.url), `${JSON.stringify(hashes, null, 2)}\n`);
console.log(`tests/golden/hashes.json: wrote ${Object.keys(hashes).length} hashes.`);
