import { createServer } from 'node:http';
import sirv from 'sirv';
import { projectRoot } from '../../../scripts/project-root.js';

/**
 * Serves the project's folder to this machine, with the same headers on every response.
 *
 * @param {Record<string, string>} headers
 * @returns {Promise<{ origin: string, requests: string[], close: () => void }>} `requests`: the paths that are asked for, as they come
 */
export async function openSite(headers) {
  const requests = [];
  const files = sirv(projectRoot, { dev: true }); // looks for a file when it is asked, where it would first list them all
  const server = createServer((request, response) => {
    requests.push(request.url);
    response.setHeaders(new Headers(headers));
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
