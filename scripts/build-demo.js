import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** Vite's command, as an argument for `node`. */
export const viteCommand = 'web-demo/node_modules/vite/bin/vite.js';

/** The folder of the built demo, for any static host. */
export const demoFolder = join(projectRoot, 'build/demo');
