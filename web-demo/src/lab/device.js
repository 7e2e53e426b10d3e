import { chooseVariant } from '../../../js/variant.js';
import { element } from '../shared/dom.js';
import { isSoftware, webglRenderer, webgpuAdapter } from './gpu.js';

/** Returns whether this browser supports a variant of the kernels. @param {import('depthwise-wasm').Variant} variant */
export function hasVariant(variant) {
  try {
    return chooseVariant('load', variant) === variant;
  } catch {
    return false;
  }
}

/** Returns what the browser reports about itself and the device. Unknown values are null. */
export async function describeDevice() {
  const { hardwareConcurrency = null, userAgent } = navigator;
  const { userAgentData, deviceMemory = null } = /** @type {any} */ (navigator);
  const details = await userAgentData
    ?.getHighEntropyValues(['fullVersionList', 'platformVersion', 'architecture', 'bitness', 'model'])
    .catch(() => undefined);
  const join = (separator, ...parts) => parts.filter(Boolean).join(separator) || null;
  return {
    browser: brandOf(details?.fullVersionList) ?? browserOf(userAgent),
    platform: join(' ', details?.platform, details?.platformVersion) ?? (navigator.platform || null),
    architecture: join(', ', details?.architecture, details?.bitness && `${details.bitness} bit`),
    model: details?.model || null,
    userAgent,
    cores: hardwareConcurrency,
    memoryGB: deviceMemory,
    webAssembly: {
      simd: hasVariant('simd'),
      relaxedSimd: hasVariant('relaxed-simd'),
      threads: crossOriginIsolated && typeof SharedArrayBuffer === 'function',
    },
    webgl: webglRenderer(),
    webgpu: await webgpuAdapter(),
    /** The variant that `load()` picks here. */
    variant: ['relaxed-simd', 'simd'].find((/** @type {any} */ variant) => hasVariant(variant)) ?? null,
  };
}

/** Returns the brand and version of a browser. A list of brands also contains a fake brand and the brand of the engine. */
function brandOf(brands = []) {
  const real = brands.filter(({ brand }) => !/not.*brand/i.test(brand));
  const { brand, version } = real.find(({ brand }) => brand !== 'Chromium') ?? real[0] ?? {};
  return brand && `${brand} ${version}`;
}

/** For browsers without userAgentData. @param {string} userAgent */
function browserOf(userAgent) {
  const [, firefox] = /Firefox\/([\d.]+)/.exec(userAgent) ?? [];
  const [, safari] = /Version\/([\d.]+).* Safari\//.exec(userAgent) ?? [];
  return firefox ? `Firefox ${firefox}` : safari ? `Safari ${safari}` : userAgent;
}

/** @param {HTMLElement} host a <dl> @param {Awaited<ReturnType<typeof describeDevice>>} device */
export function showDevice(host, device) {
  const { browser, platform, architecture, model, cores, memoryGB, webAssembly, webgl, webgpu, variant } = device;
  const { simd, relaxedSimd, threads } = webAssembly;
  const feature = (isAvailable, name) => (isAvailable ? name : `no ${name}`);
  const facts = [
    ['Browser', browser],
    ['System', [model, platform, architecture].filter(Boolean).join(', ')],
    ['Cores', cores && `${cores}; this page uses one`],
    ['Memory', memoryGB && (memoryGB >= 8 ? '8 GB or more' : `about ${memoryGB} GB`)],
    ['WebAssembly', [feature(simd, 'SIMD'), feature(relaxedSimd, 'relaxed SIMD'), feature(threads, 'threads on this page')].join(', ')], // prettier-ignore
    ['WebGL', gpuText(webgl)],
    ['WebGPU', gpuText(webgpu)],
    ['load() picks', variant ?? 'no variant: this browser has no WebAssembly SIMD'],
  ];
  host.replaceChildren(
    ...facts
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, String(value))]),
  );
}

/** @param {string | null} renderer */
function gpuText(renderer) {
  if (renderer === null) return 'not available in this browser';
  return isSoftware(renderer) ? 'computed by the CPU: there is no GPU' : renderer;
}
