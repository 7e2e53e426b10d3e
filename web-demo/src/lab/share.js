import { layerOfLink, presetLayer } from './layers.js';
import { backendOf, passOf } from './report.js';

// A report as text in the address of the page, so that a link shares a result.

/** Parts of a report that a link does not contain: private or long. */
const LEFT_OUT = ['userAgent', 'layers', 'callsPerSample', 'message'];
/** A longer text is no link of this page. */
const MAX_LENGTH = 20_000;
const MAX_JSON = 200_000;
/** The page shows at most this many backends and passes of a link. Three backends on all numbers of threads, and three others, are 21. */
const MAX_ITEMS = 24;

const STATUSES = ['ok', 'none', 'wrong', 'failed'];

/** Returns the text of a report for the address. @param {any} report */
export async function textOfReport(report) {
  const json = new Blob([JSON.stringify(report, (key, value) => (LEFT_OUT.includes(key) ? undefined : value))]);
  const bytes = await new Response(json.stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
  const characters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(characters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Returns the report in a link of this page. The link may come from anybody, so every part that the page shows is checked.
 *
 * @param {string} link an address with `result=…`
 * @throws RangeError
 */
export async function reportOfLink(link) {
  const text = /[#&]result=([\w-]+)/.exec(link)?.[1];
  if (!text) throw new RangeError('This is no link to a result. A link contains “result=”.');
  if (text.length > MAX_LENGTH) throw new RangeError('The link is too long.');
  let report;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    report = JSON.parse(await inflated(bytes));
    requireReport(report);
  } catch {
    throw new RangeError('The result in the link is damaged. Copy the whole link.');
  }
  return report;
}

/** Returns compressed text. @param {Uint8Array<ArrayBuffer>} bytes @throws if the text is damaged or too long */
async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > MAX_JSON) throw new RangeError('too long');
  }
}

/** Throws if a value is not a report. */
function requireReport(report) {
  const { title, date, device, layer, network, backends: used, base, passes, method } = report;
  if (network ? !presetLayer(network.name) : !layerOfLink(layer.spec)) throw new RangeError('an unknown network');
  const checks = [
    title === 'depthwise-wasm speed lab' && typeof report.package === 'string' && !Number.isNaN(Date.parse(date)),
    [device.browser, device.platform].every((text) => typeof text === 'string' || text === null), // prettier-ignore
    Number.isFinite(method.sampleLength) && Number.isFinite(method.clockStep),
    [used, passes].every((list) => Array.isArray(list) && list.length <= MAX_ITEMS),
    base === null || isBackend({ id: base }),
    used.every(isBackend),
    passes.every(
      ({ pass, results }) => passOf(pass) && results.every((result) => isBackend(result) && isResult(result)),
    ),
  ];
  if (!checks.every(Boolean)) throw new RangeError('no report');
}

const isBackend = (/** @type {any} */ { id }) => Boolean(backendOf(id)); // it throws for an unknown id

function isResult({ status, error, median, lower, upper, ratio, samples }) {
  const isTime = (/** @type {unknown} */ value) => typeof value === 'number' && value >= 0;
  return (
    STATUSES.includes(status) &&
    (status !== 'ok' || [error, median, lower, upper].every(isTime)) &&
    [ratio, samples].every((value) => value === undefined || isTime(value))
  );
}
