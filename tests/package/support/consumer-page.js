import { readFile } from 'node:fs/promises';
import { openSite } from '../../browser/support/site.js';
import { visitSite } from '../../browser/support/visit.js';
import { guidePolicy } from './guide.js';

export const fixture = (name) => readFile(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

/** A page with one script: a module, or one of the old kind. */
export function pageWith(script, { isModule = true } = {}) {
  const attributes = isModule ? 'type="module"' : 'defer';
  return `<!doctype html>
<meta charset="utf-8" />
<title>A consumer</title>
<script ${attributes} src="${script}"></script>
`;
}

/** What a script of the guide needs so that it reports: in it `dw` is what it has loaded. */
export const REPORTS = `
import { reportOn } from './report-on.js';
globalThis.report = reportOn(dw);
`;

/**
 * Opens a page of a folder, served under the policy in the guide.
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} folder
 * @param {{ path?: string, headers?: Record<string, string>, before?: () => void }} [options] `before` runs in the page before its scripts
 */
export async function visitFolder(browser, folder, { path = 'index.html', headers = {}, before } = {}) {
  const site = await openSite({ 'content-security-policy': guidePolicy(), ...headers }, { folder });
  const visited = await visitSite(browser, site, path, before);
  return { ...visited, wasmRequests: visited.requests.filter((request) => request.endsWith('.wasm')) };
}

/** Makes a page's engine say that it has no relaxed SIMD, of which it has seen `f32x4.relaxed_madd`. */
export function playEngineWithoutRelaxedSimd() {
  const { validate } = WebAssembly;
  WebAssembly.validate = (bytes) => validate(bytes) && !Array.from(bytes).join().includes('253,133,2');
}
