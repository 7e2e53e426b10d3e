/* global self, caches, VERSION, FILES */

// service-worker-file.js puts the constants VERSION and FILES before this text.
// The service worker of the built pages. It stores the files of the site, so that the pages work offline. It adds the headers that make a
// page cross-origin isolated, so that the kernels can use threads on hosts that cannot set headers.

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

// Other sites can share the origin and its caches.
const PREFIX = `depthwise-wasm ${self.registration.scope} `;
const NAME = PREFIX + VERSION;

self.addEventListener('install', (event) => event.waitUntil(storeFiles()));
self.addEventListener('activate', (event) => event.waitUntil(removeOldFiles()));
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  // Firefox also sends requests for blob: addresses here. The threads of TensorFlow.js use them.
  const isOfSite = url.startsWith(self.registration.scope);
  if (method === 'GET' && isOfSite) event.respondWith(answer(event.request).then(isolated));
});

async function storeFiles() {
  const cache = await caches.open(NAME);
  // 'no-cache': the browser asks the server whether its copy is current. Otherwise an old page could be stored with new scripts.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'no-cache' })));
  await self.skipWaiting(); // replaces the old version now, not when all its pages are closed
}

/** Keeps the files of one earlier version, because an open page may still need them. */
async function removeOldFiles() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX)); // in the order of their creation
  await Promise.all(names.slice(0, -2).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Pages come from the network, so that a new version appears at once. Offline, they come from the cache, and other files always do. */
async function answer(request) {
  const isPage = request.mode === 'navigate';
  const stored = await storedFile(request.url);
  if (stored && !isPage) return stored;
  try {
    const response = await fetch(request);
    if (!isPage && response.status === 200) await (await caches.open(NAME)).put(request, response.clone());
    return response;
  } catch (error) {
    if (stored) return stored;
    throw error;
  }
}

/** Hosts serve index.html as a folder, and some serve lab.html as lab. */
async function storedFile(url) {
  const { origin, pathname } = new URL(url);
  for (const cache of [await caches.open(NAME), caches]) {
    for (const end of ['', 'index.html', '.html']) {
      const response = await cache.match(origin + pathname + end, { ignoreVary: true });
      if (response) return response;
    }
  }
}

function isolated(response) {
  if (response.type === 'opaqueredirect') return response; // the browser follows it, and asks again
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
