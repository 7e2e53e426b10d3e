// The headers of the pages, and Vite plugins that complete the html of each page.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * The content security policy of the built pages: scripts, styles, pictures and data of their own site, and WebAssembly. Nothing inline and
 * nothing from other sites. The tests also send it as a header, because workers ignore the policy in a page's html. TensorFlow.js starts its
 * threads from `blob:` addresses.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval' blob:",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** With these headers, a page is cross-origin isolated, and the kernels can use threads. Other hosts: service-worker.js. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

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
          .replace('</title>', `</title>\n${socialTags(html)}`)
          .replace(`data-page="${basename(filename, '.html')}"`, '$& aria-current="page"'),
    },
  };
}

/**
 * Returns the Open Graph tags, which other sites show next to a link. Their addresses must be absolute: set DEMO_URL to the address of the
 * folder, such as https://example.org/demo/, when you build the demo for a host.
 *
 * @param {string} html of the page
 */
function socialTags(html) {
  const title = /<title>(.*?)<\/title>/.exec(html)?.[1] ?? '';
  const description = /name="description"\s+content="(.*?)"/.exec(html)?.[1] ?? title;
  const site = process.env.DEMO_URL?.replace(/\/?$/, '/') ?? './';
  const tags = { type: 'website', title, description, image: `${site}open-graph.jpg`, 'image:width': 1200, 'image:height': 630 }; // prettier-ignore
  return [
    ...Object.entries(tags).map(([name, content]) => `<meta property="og:${name}" content="${content}" />`),
    '<meta name="twitter:card" content="summary_large_image" />',
  ].join('\n');
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
