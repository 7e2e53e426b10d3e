import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a command that is on PATH, or null. */
export function findOnPath(command) {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command));
  return files.find(isExecutable) ?? null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
