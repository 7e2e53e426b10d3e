// Pages of the documentation: each Markdown file becomes a page in the layout of the demo.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = fileURLToPath(new URL('.', import.meta.url));

const files = [
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'bench/README.md', 'web-demo/README.md'],
];

/** The Markdown files by the path of their page, such as docs-guide-tfjs.html for docs/guide/tfjs.md. */
const sources = new Map(files.map((file) => [join(folder, pageOf(file)), join(root, file)]));

/** The paths of the pages, for Vite's list of pages. */
export const docsPages = [...sources.keys()];

/** Creates the pages when Vite reads them: they are not files. */
export function docsPagesPlugin() {
  return {
    name: 'docs-pages',
    resolveId: (id) => (sources.has(id) ? id : undefined),
    load: (id) => (sources.has(id) ? pageFrom(id) : undefined),
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const { pathname } = new URL(request.url, 'http://localhost');
        const id = join(folder, pathname);
        if (!sources.has(id)) return next();
        response.setHeader('content-type', 'text/html');
        response.end(await server.transformIndexHtml(pathname, pageFrom(id)));
      });
    },
  };
}

/** @param {string} file relative to the repository */
function pageOf(file) {
  if (file === 'docs/README.md') return 'docs.html';
  if (file === 'README.md') return 'docs-readme.html';
  const name = file.replace(/^docs\/|\/README\.md$|\.md$/g, '').replaceAll('/', '-');
  return `docs-${name.toLowerCase()}.html`;
}

/** @param {string} id the path of the page */
function pageFrom(id) {
  const source = sources.get(id) ?? '';
  const text = readFileSync(source, 'utf8');
  const title = /^# (.*)$/m.exec(text)?.[1].replaceAll('`', '') ?? 'Documentation';
  return `<!doctype html>
<html lang="en">
  <head>
    <!-- layout: head -->
    <title>${escaped(title)} · depthwise-wasm</title>
    <link rel="stylesheet" href="./src/style/docs.css" />
  </head>
  <body>
    <!-- layout: header -->
    <main id="content" class="docs">
      ${id === join(folder, 'docs.html') ? '' : '<p class="hint"><a href="./docs.html">Documentation</a></p>'}
      ${rendered(text, source)}
    </main>
    <!-- layout: footer -->
    <script type="module" src="./src/shared/page.js"></script>
  </body>
</html>
`;
}

/** Returns the Markdown as HTML, with links to the pages. @param {string} text @param {string} source */
function rendered(text, source) {
  const markdown = new MarkdownIt({ html: true });
  const slugger = new GithubSlugger();
  const tokens = markdown.parse(text.replace(/^```(\w+) .*$/gm, '```$1'), {});
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open') token.attrSet('id', slugger.slug(textOf(tokens[i + 1])));
    if (token.type === 'fence' || token.type === 'code_block') token.attrSet('tabindex', '0'); // wide code scrolls, also with keys
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') linkToPage(child, source);
      if (child.type === 'image') child.attrSet('src', relative(folder, resolve(dirname(source), String(child.attrGet('src'))))); // prettier-ignore
    }
  });
  return markdown.renderer
    .render(tokens, markdown.options, {})
    .replace(/<pre><code( class="[^"]*")? tabindex="0"/g, '<pre tabindex="0"><code$1')
    .replace(/<th( [^>]*)?><\/th>/g, '<td$1></td>') // a header without text says nothing to screen readers
    .replace(/<table>[^]*?<\/table>/g, '<div class="table" tabindex="0" role="group" aria-label="Table">$&</div>');
}

/** Replaces the address of a Markdown file by its page. Other files of the repository are not on the site. */
function linkToPage(token, source) {
  const href = String(token.attrGet('href'));
  if (/^(https?:|#)/.test(href)) return;
  const [path, hash] = href.split('#');
  const page = pageOf(relative(root, resolve(dirname(source), path)));
  if (sources.has(join(folder, page))) token.attrSet('href', `./${page}${hash ? `#${hash}` : ''}`);
  else token.attrs = [['title', `${path} in the repository`]];
}

/** Returns the text of a heading. @param {{ children: { content: string }[] | null }} token */
function textOf({ children }) {
  return (children ?? []).map(({ content }) => content).join('');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
