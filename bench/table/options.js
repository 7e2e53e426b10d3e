import { Command, Option } from 'commander';
import { readOptionsOf } from '../shared/read-options.js';
import { listOf, positive, positiveWhole } from '../shared/option-values.js';
import { allPasses } from '../shared/reference.js';
import { parseShape } from '../shared/shape-spec.js';
import { PLAIN, RELAXED } from './own.js';
import { peerNames } from './peers.js';
import { selectRows, tableRows } from './rows.js';
import { sectionNames } from './sections.js';

const examples = `
Examples:
  npm run bench -- --list                                          the rows; * marks the table
  npm run bench -- --quick                                         half a minute: some rows, tfjs wasm, no other peers
  npm run bench -- --sections passes --rows mobilenet-v1/7 'convnext-*' --passes forward,fused
  npm run bench -- --sections layouts,addresses --peers none
  npm run bench -- --shape 1x56x56x128,3x3 --sections passes       shapes as npm run compare -- --help says
  npm run bench -- --json bench.json                               for npm run bench:chart
  npx -p node@24 -c 'npm run bench'                                on another Node

Exit code: 0, or 1 when a result of this package is wrong, or 2 for options that are.
What --json writes is described in bench/table/json.js, how it is measured in bench/README.md.`;

const QUICK = {
  rows: ['mobilenet-v1/2', 'mobilenet-v1/3', 'mobilenet-v1/7', 'efficientnet-b0/12', 'convnext-t/7'],
  peers: ['tfjs-wasm'],
  budget: 30,
};
const ALL = { peers: peerNames, budget: 300 };

/** { rows, passes, peers, variants, sections, rounds, budget, json, list }. Bad options end the process, with 2. */
export function readOptions(argv) {
  return readOptionsOf(commandLine(), argv, resolve);
}

function commandLine() {
  const choice = (flags, text, allowed) =>
    new Option(flags, `${text}: ${allowed.join(',')}`).argParser(listOf(allowed));
  const variants = [PLAIN, RELAXED];
  return new Command('npm run bench --')
    .description(
      'Measures this package against what else there is, against the limits of the machine, and against its floors.',
    )
    .option('--rows <names...>', 'names or globs of rows')
    .option('--shape <spec>', 'a row of your own (may be repeated)', (text, before = []) => [...before, text])
    .option('--list', 'print the rows and end')
    .addOption(choice('--passes <names>', 'which of', allPasses).default(allPasses, 'all'))
    .addOption(choice('--peers <names>', 'which of', [...peerNames, 'none']))
    .addOption(choice('--variants <names>', 'of this package', variants).default(variants, 'both'))
    .addOption(choice('--sections <names>', 'what to measure', sectionNames).default(sectionNames, 'all'))
    .option('--quick', 'fewer rows and peers, less time')
    .option('--budget <seconds>', `time to measure in, for everything together (default: ${ALL.budget})`, positive)
    .option('--rounds <count>', 'turns of each contestant, at most', positiveWhole, 100)
    .option('--json <file>', 'also write everything there as JSON')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .exitOverride();
}

function resolve(options) {
  const usual = options.quick ? QUICK : ALL;
  const own = (options.shape ?? []).map((text, index) => parseShape(text, `own/${index + 1}`));
  const patterns = options.rows?.flatMap((text) => text.split(',')) ?? (own.length > 0 ? [] : usual.rows);
  return {
    ...options,
    rows: [...(patterns ? selectRows(patterns) : tableRows), ...own],
    peers: (options.peers ?? usual.peers).filter((peer) => peer !== 'none'),
    variants: [PLAIN, ...options.variants.filter((variant) => variant !== PLAIN)],
    budget: options.budget ?? usual.budget,
  };
}
