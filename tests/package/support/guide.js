import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/project-root.js';

const text = readFileSync(join(projectRoot, 'docs/guide/install.md'), 'utf8');

/** What docs/guide/install.md has under a heading, '' being what stands before the first. */
function sectionOf(heading) {
  const sections = text.split(/^## /m);
  const section = heading ? sections.find((each) => each.startsWith(`${heading}\n`)) : sections[0];
  if (!section) throw new Error(`docs/guide/install.md has no section "${heading}"`);
  return section;
}

/** The fenced blocks under a heading, in order. */
function blocksOf(heading) {
  return [...sectionOf(heading).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, content]) => ({
    language,
    content,
    name: content.match(/^(?:\/\/|<!--) (\S+\.\w+)/)?.[1],
  }));
}

/**
 * The text of a file that the guide shows: a block whose first line is a comment with its name.
 *
 * @param {string} heading
 * @param {string} name
 * @param {number} [which] of several with the name, from 0
 */
export function guideFile(heading, name, which = 0) {
  const found = blocksOf(heading).filter((block) => block.name === name)[which];
  if (!found) throw new Error(`docs/guide/install.md, "${heading}": there is no ${name} number ${which}`);
  // JSON has no comments
  return found.language === 'json' ? found.content.replace(/^.*\n/, '') : found.content;
}

/** A shell command that the guide shows, as a list of words. */
export function guideCommand(heading, which = 0) {
  const commands = blocksOf(heading).filter(({ language }) => language === 'sh');
  return commands[which].content.trim().split(' ');
}

/** The header in the guide. */
export function guidePolicy() {
  const { content } = blocksOf('Content security policies').find(({ language }) => language === 'http');
  return content.replace('Content-Security-Policy: ', '').trim();
}

/** All files that the guide shows, so that none is left out of the tests. */
export function guideFileNames() {
  const headings = ['', ...[...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)];
  return headings.flatMap((heading) =>
    blocksOf(heading).map(({ name, language }) => [heading, name ?? language].join(': ')),
  );
}
