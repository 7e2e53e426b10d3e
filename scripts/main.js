// node scripts/main.js COMMAND: all npm scripts of the project. This file imports no package: it first installs the packages that the
// commands import.
import { installNodeModules } from './setup/node-modules.js';

await installNodeModules('.', { onInstall: () => console.error('Installing the Node packages (npm ci) …') });
await import('./commands.js');
