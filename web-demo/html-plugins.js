// The policy of the pages, and Vite plugins that complete the html of each page.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * The content security policy of the built pages: scripts, styles, pictures and data of their own site, and WebAssembly. Nothing inline and
 * nothing from other sites. The tests also send it as a header, because workers ignore the policy in a page's html.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The policy for Vite's development server, which adds styles to the page and opens a socket to it. */
export const developmentPolicy = contentSecurityPolicy
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("connect-src 'self'", "connect-src 'self' ws:");

/** Replaces `<!-- layout: NAME -->` by layout/NAME.html, and marks the link to the current page. */
export function pageLayout() {
  return {
    name: 'page-layout',
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { filename }) =>
        html
          .replace(/<!-- layout: (\w+) -->/g, (_, name) =>
            readFileSync(new URL(`./layout/${name}.html`, import.meta.url), 'utf8'),
          )
          .replace(`data-page="${basename(filename, '.html')}"`, '$& aria-current="page"'),
    },
  };
}

/** Adds the tags that Vite must not bundle: the theme script, which runs before the first paint, and the policy of built pages. */
export function headTags() {
  const themeScript = { tag: 'script', attrs: { src: './theme-before-paint.js' }, injectTo: 'head' };
  const policy = {
    tag: 'meta',
    attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
    injectTo: 'head-prepend',
  };
  let isBuild;
  return {
    name: 'head-tags',
    configResolved({ command }) {
      isBuild = command === 'build';
    },
    transformIndexHtml: () => (isBuild ? [policy, themeScript] : [themeScript]),
  };
}
