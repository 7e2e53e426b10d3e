import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/project-root.js';

const text = readFileSync(join(projectRoot, 'docs/guide/install.md'), 'utf8');

/** Returns a section of docs/guide/install.md; '' is the part before the first heading. */
function sectionOf(heading) {
  const sections = text.split(/^## /m);
  const section = heading ? sections.find((each) => each.startsWith(`${heading}\n`)) : sections[0];
  if (!section) throw new Error(`docs/guide/install.md has no section "${heading}"`);
  return section;
}

/** Returns the fenced blocks of a section, in order. */
function blocksOf(heading) {
  return [...sectionOf(heading).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, content]) => ({
    language,
    content,
    name: content.match(/^(?:\/\/|<!--) (\S+\.\w+)/)?.[1],
  }));
}

/**
 * Returns the text of a file in the guide: a block whose first line is a comment with its name.
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

/** Returns a shell command of the guide as a list of words. */
export function guideCommand(heading, which = 0) {
  const commands = blocksOf(heading).filter(({ language }) => language === 'sh');
  return commands[which].content.trim().split(' ');
}

/** Returns the content security policy of the guide. */
export function guidePolicy() {
  const { content } = blocksOf('Content security policies').find(({ language }) => language === 'http');
  return content.replace('Content-Security-Policy: ', '').trim();
}
