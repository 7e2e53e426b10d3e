import { writeFile } from 'node:fs/promises';
import { loadLimitsModule } from '../limits/module.js';
import { machine, packageVersion } from '../shared/machine.js';
import { tolerance } from '../shared/measure.js';
import { createProgress } from '../shared/progress.js';
import { formatShape } from '../shared/shape-spec.js';
import { compileOptimizedOnly } from './engine.js';
import { documentOf } from './json.js';
import { readOptions } from './options.js';
import { createOwn } from './own.js';
import { createPeers } from './peers.js';
import { textReport } from './report.js';
import { allRows, tableRows } from './rows.js';
import { measureSections } from './sections.js';

const options = readOptions(process.argv.slice(2));
if (options.list) printList();
else await bench();

function printList() {
  for (const row of allRows) {
    console.log(`${tableRows.includes(row) ? '*' : ' '} ${row.name.padEnd(20)} ${formatShape(row)}`);
  }
}

async function bench() {
  const start = performance.now();
  const interruptionsBefore = process.resourceUsage().involuntaryContextSwitches;
  compileOptimizedOnly();
  const progress = createProgress();
  const { own, missing: missingVariants } = await createOwn(options.variants);
  const { peers, missing: missingPeers } = await createPeers(options.peers);
  try {
    const limitsModule = await loadLimitsModule();
    const sections = await measureSections({ ...options, own, peers, limitsModule, progress });
    const seconds = (performance.now() - start) / 1000;
    const interruptions = process.resourceUsage().involuntaryContextSwitches - interruptionsBefore;
    const document = documentOf({
      date: new Date().toISOString(),
      seconds,
      interruptions: interruptions / seconds,
      tolerance,
      package: await packageVersion(),
      machine: { ...machine(), v8: process.versions.v8 },
      contestants: [
        ...own.map(({ id, title }) => ({ id, title, isOurs: true })),
        ...peers.map(({ id, title, version }) => ({ id, title, version })),
      ],
      missing: { ...missingVariants, ...missingPeers },
      sections,
    });
    progress.end();
    console.log(textReport(document));
    if (options.json) await writeFile(options.json, `${JSON.stringify(document, null, 2)}\n`);
    if (!document.ok) process.exitCode = 1;
  } finally {
    progress.end();
    for (const peer of peers) await peer.end?.();
  }
}
