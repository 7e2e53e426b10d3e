import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Runs the tests of the files that its arguments name in one process: they share browsers, and pages that a bundler has built.

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
