import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from '../steps.js';
import { installPackages } from './apt.js';
import { debianSuite } from './os-release.js';

const packageOf = { cmake: 'cmake', ninja: 'ninja-build', 'g++': 'g++' };

/** Makes sure that the commands, of those above, are on PATH; on Debian it installs missing ones. */
export async function findOrInstallCommands(commands) {
  const packages = commands.filter((name) => !isOnPath(name)).map((name) => packageOf[name]);
  if (packages.length === 0) return;
  if (!debianSuite()) {
    throw new SetupError(
      `${commands.join(', ')} must be on PATH. Install what provides them (Debian names the ` +
        `packages ${packages.join(', ')}) and run this again.`,
    );
  }
  await installPackages(packages);
}

export function isOnPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
