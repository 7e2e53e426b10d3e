import { readFile } from 'node:fs/promises';
import { openSite } from '../../browser/support/site.js';
import { visitSite } from '../../browser/support/visit.js';
import { guidePolicy } from './guide.js';

export const fixture = (name) => readFile(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

/** Returns a page with one script: a module or a classic script. */
export function pageWith(script, { isModule = true } = {}) {
  const attributes = isModule ? 'type="module"' : 'defer';
  return `<!doctype html>
<meta charset="utf-8" />
<title>A consumer</title>
<script ${attributes} src="${script}"></script>
`;
}

/** Makes a script of the guide report, in which `dw` is the loaded module. */
export const REPORTS = `
import { reportOn } from './report-on.js';
globalThis.report = reportOn(dw);
`;

/**
 * Opens a page of a folder, served with the policy in the guide.
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} folder
 * @param {{ path?: string, headers?: Record<string, string>, before?: () => void }} [options] `before` runs in the page before its scripts
 */
export async function visitFolder(browser, folder, { path = 'index.html', headers = {}, before } = {}) {
  const site = await openSite({ 'content-security-policy': guidePolicy(), ...headers }, { folder });
  const visited = await visitSite(browser, site, path, before);
  return { ...visited, wasmRequests: visited.requests.filter((request) => request.endsWith('.wasm')) };
}

/** Makes the engine of a page answer that it has no relaxed SIMD. */
export function playEngineWithoutRelaxedSimd() {
  const { validate } = WebAssembly;
  WebAssembly.validate = (bytes) => validate(bytes) && !Array.from(bytes).join().includes('253,133,2');
}
