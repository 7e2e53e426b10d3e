/** A file of the demo cannot be downloaded. */
export class DownloadError extends Error {
  name = 'DownloadError';
}

/** @param {string} address @throws DownloadError */
export async function download(address) {
  const response = await fetch(address).catch((error) => {
    throw new DownloadError(error.message);
  });
  if (!response.ok) throw new DownloadError(`${response.status} ${response.statusText}`);
  return response;
}
