import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { downloadSizes } from '../download-sizes.js';
import { apiDigest } from './api-digest.js';

/**
 * A packed version: its tarball, and the folder that the tarball was unpacked to.
 *
 * @typedef {{ tarball: string, folder: string }} Packed
 */

/**
 * Returns a text that lists what differs between two versions of the package: sizes, the entries and requirements of package.json, and
 * declarations of the .d.ts files.
 *
 * @param {Packed} earlier
 * @param {Packed} current
 * @returns {Promise<string>}
 */
export async function compareVersions(earlier, current) {
  const [from, to] = [earlier, current].map(({ folder }) => manifestOf(folder).version);
  const sizes = await Promise.all([sizesOf(earlier), sizesOf(current)]);
  const apis = [apiOf(earlier.folder), apiOf(current.folder)];
  const files = [...new Set(apis.flatMap(Object.keys))].sort();
  const changes = files.flatMap((file) => {
    const lines = changedLines(...apis.map((api) => api[file] ?? []));
    return lines.length > 0 ? [`${file}:`, ...lines, ''] : [];
  });
  return [
    `${to} compared with ${from}`,
    '',
    ...sizeTable(...sizes),
    '',
    ...(changes.length > 0 ? changes : ['The entries and the types are the same.']),
  ].join('\n');
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Returns sizes in bytes, by their names. */
async function sizesOf({ tarball, folder }) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const unpacked = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  const downloads = await downloadSizes(folder);
  return {
    'package, packed': statSync(tarball).size,
    'package, unpacked': unpacked,
    ...Object.fromEntries(downloads.map(({ name, total }) => [`download of ${name}`, total])),
  };
}

function sizeTable(before, after) {
  const kilobytes = (bytes) => (bytes === undefined ? '-' : `${(bytes / 1024).toFixed(1)} KB`).padStart(11);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((name) => {
    const change = before[name] && after[name] ? (100 * (after[name] - before[name])) / before[name] : 0;
    const percent = `${change < 0 ? '' : '+'}${change.toFixed(1)} %`.padStart(9);
    return `${name.padEnd(46)}${kilobytes(before[name])}${kilobytes(after[name])}${percent}`;
  });
}

/** Returns the lines of the API, by their file: the lines of a digest for each .d.ts file, and a line for each value of package.json. */
function apiOf(folder) {
  const { exports, engines, peerDependencies } = manifestOf(folder);
  const types = readdirSync(join(folder, 'js'), { recursive: true }).filter((name) => name.endsWith('.d.ts'));
  const digests = types.map((name) => [`js/${name}`, apiDigest(readFileSync(join(folder, 'js', name), 'utf8'))]);
  return { 'package.json': valuesOf({ exports, engines, peerDependencies }), ...Object.fromEntries(digests) };
}

function valuesOf(object, path = []) {
  return Object.entries(object).flatMap(([key, value]) =>
    typeof value === 'object' ? valuesOf(value, [...path, key]) : [`${[...path, key].join(' ')}: ${value}`],
  );
}

function changedLines(before, after) {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}
