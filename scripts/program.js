import { spawn } from 'node:child_process';
import { projectRoot } from './project-root.js';

/** Runs a file of the project, with its arguments, by this very Node; it ends this script with its own exit code. */
export async function runProgram(args) {
  // The program draws its own progress, so it gets the terminal as it is.
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  await new Promise((resolve) => {
    child.on('close', (code) => {
      process.exitCode = code ?? 1;
      resolve(undefined);
    });
  });
}
