import { CommanderError } from 'commander';

/** What `resolve` makes of the options. Bad ones, which it tells of by a RangeError, end the process, with 2. */
export function readOptionsOf(program, argv, resolve) {
  try {
    program.parse(argv, { from: 'user' });
    return resolve(program.opts());
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return process.exit(2);
  }
}
