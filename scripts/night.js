import { spawnSync } from 'node:child_process';
import { projectRoot } from './project-root.js';

/** The amounts of a whole night: about nine hours on two processors. */
const FUZZ_SECONDS = 3600; // for each target
const CALLS = { module: 10_000_000, tfjs: 1_000_000, threads: 1_000_000, training: 1_000_000 }; // training: a tenth as many steps

/**
 * Returns the commands of a night.
 *
 * @param {number} scale of the amounts, above 0
 * @param {number} seed
 * @returns {{ name: string, args: string[] }[]}
 */
export function commandsOfNight(scale, seed) {
  const amount = (whole) => String(Math.max(1, Math.round(whole * scale)));
  const soak = (target, calls) => ({
    name: `soak ${target}`,
    args: ['run', 'tests/soak/main.js', '--target', target, '--calls', amount(calls), '--seed', String(seed)],
  });
  return [
    { name: 'fuzz', args: ['fuzz', '--seconds', amount(FUZZ_SECONDS), '--seed', String(seed)] },
    ...Object.entries(CALLS).map(([target, calls]) => soak(target, calls)),
  ];
}

/** Runs all commands in turn, also after a command fails. Prints a table, and returns whether all commands succeeded. */
export function runNight(commands) {
  const rows = commands.map(({ name, args }) => {
    console.log(`\n${name}: node scripts/main.js ${args.join(' ')}`);
    const start = Date.now();
    const { status } = spawnSync(process.execPath, ['scripts/main.js', ...args], {
      cwd: projectRoot,
      stdio: 'inherit',
    });
    return { name, minutes: ((Date.now() - start) / 60_000).toFixed(1), result: status === 0 ? 'passed' : 'failed' };
  });
  console.table(rows);
  return rows.every(({ result }) => result === 'passed');
}
