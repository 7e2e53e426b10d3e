import { createServer } from 'node:net';

/** Returns a port that no program uses. */
export async function freePort() {
  const server = createServer();
  const port = await new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}
