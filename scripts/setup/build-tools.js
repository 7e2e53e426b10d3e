import { SetupError } from '../steps.js';
import { installPackages } from './apt.js';
import { findOnPath } from './find-on-path.js';
import { debianSuite } from './os-release.js';

const packageOf = { cmake: 'cmake', ninja: 'ninja-build', 'g++': 'g++' };

/** Makes sure that the commands, of those above, are on PATH; on Debian it installs missing ones. */
export async function findOrInstallCommands(commands) {
  const packages = commands.filter((name) => !findOnPath(name)).map((name) => packageOf[name]);
  if (packages.length === 0) return;
  if (!debianSuite()) {
    throw new SetupError(
      `${commands.join(', ')} must be on PATH. Install what provides them (Debian names the ` +
        `packages ${packages.join(', ')}) and run this again.`,
    );
  }
  await installPackages(packages);
}
