// Starts the service worker of the built site (service-worker.js). The next page that the user opens is then cross-origin isolated.

/** It downloads all files of the site, so it does not start for users who save data. */
const isWanted = !(/** @type {any} */ (navigator).connection?.saveData);

if (import.meta.env.PROD && isWanted && navigator.serviceWorker) {
  addEventListener('load', () => {
    // It fails in some private windows, and on a host without the file. The pages work without it.
    navigator.serviceWorker.register('./service-worker.js', { updateViaCache: 'none' }).catch(() => {});
  });
}
