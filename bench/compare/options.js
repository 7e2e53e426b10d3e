import { Command, Option } from 'commander';
import { readOptionsOf } from '../shared/read-options.js';
import { defaultNames, selectLayers } from '../shared/layers.js';
import { listOf, positive, positiveWhole } from '../shared/option-values.js';
import { parseShape } from '../shared/shape-spec.js';

const passes = ['forward', 'input', 'filter'];
const peers = ['cpu', 'wasm'];

const examples = `
Examples:
  npm run compare -- --list                               the layers; * marks those that run when none is chosen
  npm run compare -- --layers mobilenet-v1/7 convnext-t/1
  npm run compare -- --layers 'mobilenet-*' --passes forward --peers wasm
  npm run --silent compare -- --all --budget 240 --json > compare.json
  npm run compare -- --shape 1x56x56x128,3x3
  npm run compare -- --shape 8x33x33x64,5x5,stride=2x1,pad=2 --shape 1x28x28x32,3x3,dilation=2,multiplier=4

A shape is BATCHxHEIGHTxWIDTHxCHANNELS,FILTERHEIGHTxFILTERWIDTH and, in any order:
  stride=N or NxN (default 1), dilation=N or NxN (1), multiplier=N (1), pad=same, valid or a number (same)

Exit code: 0, or 1 when a result of this package is wrong, or 2 for options that are.
What --json prints is described in bench/compare/json.js.`;

/**
 * { layers, passes, peers, rounds, budget, format: 'text' | 'json' | 'markdown', list }. Bad options end the process, with 2.
 */
export function readOptions(argv) {
  return readOptionsOf(commandLine(), argv, resolve);
}

function commandLine() {
  return new Command('npm run compare --')
    .description('Compares depthwise convolution in this package with TensorFlow.js, for layers of real networks.')
    .addOption(new Option('--layers <names...>', 'names or globs of layers').conflicts('all'))
    .option('--shape <spec>', 'a layer of your own (may be repeated)', (text, before = []) => [...before, text])
    .option('--all', 'every layer of the list')
    .option('--list', 'print the layers and end')
    .addOption(
      new Option('--passes <names>', `which of ${passes.join(',')}`).argParser(listOf(passes)).default(passes, 'all'),
    )
    .addOption(
      new Option('--peers <names>', `tfjs backends: ${peers.join(',')}, or none`)
        .argParser(listOf([...peers, 'none']))
        .default(peers, 'both'),
    )
    .option('--budget <seconds>', 'time to measure in, for everything together', positive, 60)
    .option('--rounds <count>', 'turns of each contestant, at most', positiveWhole, 100)
    .addOption(new Option('--json', 'print JSON instead of the table').conflicts('markdown'))
    .option('--markdown', 'print the table as Markdown')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)')
    .exitOverride();
}

function resolve(options) {
  const own = (options.shape ?? []).map((text, index) => parseShape(text, `own/${index + 1}`));
  const names = options.layers?.flatMap((text) => text.split(',')) ?? (own.length > 0 ? [] : defaultNames);
  const named = selectLayers(options.all ? ['*'] : names);
  return {
    layers: [...named, ...own],
    passes: options.passes,
    peers: options.peers.filter((peer) => peer !== 'none'),
    rounds: options.rounds,
    budget: options.budget,
    format: options.json ? 'json' : options.markdown ? 'markdown' : 'text',
    list: options.list ?? false,
  };
}
