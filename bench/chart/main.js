import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { chartOf } from './chart.js';

const program = new Command('npm run bench:chart --')
  .description('Draws what npm run bench -- --json wrote.')
  .argument('[json]', 'what it wrote', 'docs/bench.json')
  .argument('[svg]', 'where the chart goes', 'docs/bench.svg')
  .parse();
const [from, to] = program.processedArgs;

try {
  await writeFile(to, chartOf(JSON.parse(await readFile(from, 'utf8'))));
} catch (error) {
  program.error(`error: ${from}: ${error.message}`);
}
