import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** tests/environments/ stores a row here for each environment that it ran. */
export const rowsFolder = join(projectRoot, 'build/environments');

const page = join(projectRoot, 'docs/compatibility.md');
const HEADING = '## Environments\n';
export const COLUMNS = ['environment', 'version', 'load', 'train', 'standalone', 'it needs'];

/** Removes the rows of earlier runs. */
export function removeRows() {
  rmSync(rowsFolder, { recursive: true, force: true });
  mkdirSync(rowsFolder, { recursive: true });
}

/** Returns the cells of the table in a text of docs/compatibility.md, row by row, without its header. */
export function environmentRows(text) {
  const [, section] = text.split(HEADING);
  const [table] = section.match(/(?:^\|.*\n)+/m);
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Writes the rows that ran into the table of docs/compatibility.md, in place of the earlier rows of these environments. */
export async function writeEnvironmentTable() {
  const text = readFileSync(page, 'utf8');
  const rows = new Map(environmentRows(text).map((cells) => [cells[0], cells]));
  for (const file of existsSync(rowsFolder) ? readdirSync(rowsFolder) : []) {
    const { name, version, guide, cells } = JSON.parse(readFileSync(join(rowsFolder, file), 'utf8'));
    const slug = guide
      ?.toLowerCase()
      .replaceAll(' ', '-')
      .replaceAll(/[^\w-]/g, '');
    const needs = guide ? `[${guide}](guide/install.md#${slug})` : 'nothing';
    rows.set(name, [name, version, cells.load, cells.train, cells.standalone, needs]);
  }
  const sorted = [...rows.values()].sort(([a], [b]) => a.toLowerCase().localeCompare(b.toLowerCase(), 'en'));
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...sorted].map((cells) => `| ${cells.join(' | ')} |\n`);
  const [before, section] = text.split(HEADING);
  const written = before + HEADING + section.replace(/(?:^\|.*\n)+/m, () => lines.join(''));
  const { format, resolveConfig } = await import('prettier');
  const formatted = await format(written, { ...(await resolveConfig(page)), parser: 'markdown' });
  if (formatted !== text) writeFileSync(page, formatted);
  return formatted !== text;
}
