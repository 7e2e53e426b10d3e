import { createServer } from 'node:http';
import sirv from 'sirv';
import { projectRoot } from '../../../scripts/project-root.js';

/**
 * Serves a folder to this machine, with the same headers on every response.
 *
 * @param {Record<string, string>} headers
 * @param {{ folder?: string, base?: string, scriptInstead?: (path: string) => string | undefined,
 *   answer?: (path: string, response: import('node:http').ServerResponse) => boolean }} [options] `folder`: default the project's; `base`:
 *   the path of the folder on the site, default none; `scriptInstead`: returns the text of a script to send instead of a file; `answer`:
 *   answers a request itself if it returns true
 * @returns {Promise<{ origin: string, requests: string[], close: () => void }>} `requests`: the requested paths, in order
 */
export async function openSite(headers, { folder = projectRoot, base = '', scriptInstead, answer } = {}) {
  const requests = [];
  const files = sirv(folder, { dev: true }); // looks for a file at each request instead of listing all files at the start
  const server = createServer((request, response) => {
    requests.push(request.url);
    response.setHeaders(new Headers(headers));
    const path = request.url.startsWith(base) ? request.url.slice(base.length) : '';
    if (answer?.(path, response)) return;
    const script = scriptInstead?.(path);
    if (script !== undefined) return response.setHeader('content-type', 'text/javascript').end(script);
    if (!path) return response.writeHead(404).end();
    request.url = path;
    files(request, response);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
