import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const PLACES = /<!-- layout: (\w+) -->/g;

/** Puts layout/NAME.html where a page says `<!-- layout: NAME -->`, and marks the link to the page that it is in. */
export function pageLayout() {
  return {
    name: 'page-layout',
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { filename }) =>
        html
          .replace(PLACES, (_, name) => readFileSync(new URL(`../layout/${name}.html`, import.meta.url), 'utf8'))
          .replace(`data-page="${basename(filename, '.html')}"`, '$& aria-current="page"'),
    },
  };
}
