import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

import { projectRoot } from './child.js';

/** The folders that contain pages. `deep`: their subfolders contain pages too. */
const FOLDERS = [
  { folder: '.', deep: false },
  { folder: 'docs', deep: true },
  { folder: 'bench', deep: false },
  { folder: 'web-demo', deep: false },
];

const parser = new MarkdownIt({ html: true });

/** Returns the paths of all pages, relative to the project's root. */
export function pages() {
  return FOLDERS.flatMap(({ folder, deep }) =>
    readdirSync(join(projectRoot, folder), { recursive: deep })
      .filter((name) => name.endsWith('.md'))
      .map((name) => normalize(join(folder, name)))
      .sort(),
  );
}

/**
 * Returns the parts of a page: `fences`, its blocks of code; `links`, the addresses of links and images; `anchors`, the ids that a link can
 * point to; `codes`, the texts between backticks.
 *
 * @param {string} page path relative to the project's root
 */
export function readPage(page) {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const found = { fences: [], links: [], anchors: new Set(), codes: [] };
  const slugger = new GithubSlugger();
  let section = '';
  const tokens = parser.parse(text, {});
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      section = textOf(tokens[i + 1]);
      found.anchors.add(slugger.slug(section));
    }
    if (token.type === 'fence') {
      found.fences.push({ info: token.info.trim(), code: token.content, line: token.map[0] + 1, section });
    }
    if (token.type === 'code_block') throw new Error(`${page}: a block of code that is indented says no language`);
    for (const part of [token, ...(token.children ?? [])]) readPart(part, found);
  }
  return found;
}

function readPart({ type, attrs, content }, { links, anchors, codes }) {
  const attribute = (name) => attrs?.find(([key]) => key === name)?.[1];
  if (type === 'link_open') links.push(attribute('href'));
  if (type === 'image') links.push(attribute('src'));
  if (type === 'code_inline') codes.push(content);
  if (type !== 'html_inline' && type !== 'html_block') return;
  for (const [, id] of content.matchAll(/ id="([^"]*)"/g)) anchors.add(id);
  for (const [, address] of content.matchAll(/ (?:href|src)="([^"]*)"/g)) links.push(address);
}

function textOf({ children }) {
  return children.map(({ type, content }) => (type === 'text' || type === 'code_inline' ? content : '')).join('');
}

/** Returns whether a path relative to the project's root is that of a file or folder. A path may end in ".*" for any extension. */
export function isInProject(path) {
  if (!path.endsWith('.*')) return existsSync(join(projectRoot, path));
  const [folder, begin] = [path.slice(0, path.lastIndexOf('/') + 1), path.slice(path.lastIndexOf('/') + 1, -1)];
  return readdirSync(join(projectRoot, folder)).some((name) => name.startsWith(begin));
}
