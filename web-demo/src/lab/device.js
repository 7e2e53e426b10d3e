import { chooseVariant } from '../../../js/variant.js';

/** Whether this browser runs a variant of the kernels. @param {import('depthwise-wasm').Variant} variant */
export function hasVariant(variant) {
  try {
    return chooseVariant('load', variant) === variant;
  } catch {
    return false;
  }
}

/** What the browser tells of itself and of the device. What it does not tell is null. */
export async function describeDevice() {
  const { hardwareConcurrency = null, userAgent } = navigator;
  const { userAgentData, deviceMemory = null } = /** @type {any} */ (navigator);
  const told = await userAgentData
    ?.getHighEntropyValues(['fullVersionList', 'platformVersion', 'architecture', 'bitness', 'model'])
    .catch(() => undefined);
  return {
    browser: brandOf(told?.fullVersionList) ?? browserOf(userAgent),
    platform: [told?.platform, told?.platformVersion].filter(Boolean).join(' ') || navigator.platform || null,
    architecture: [told?.architecture, told?.bitness && `${told.bitness} bit`].filter(Boolean).join(', ') || null,
    model: told?.model || null,
    userAgent,
    cores: hardwareConcurrency,
    memoryGB: deviceMemory,
    webAssembly: {
      simd: hasVariant('simd'),
      relaxedSimd: hasVariant('relaxed-simd'),
      threads: crossOriginIsolated && typeof SharedArrayBuffer === 'function',
    },
    /** What `load()` takes here. */
    variant: ['relaxed-simd', 'simd'].find((/** @type {any} */ variant) => hasVariant(variant)) ?? null,
  };
}

/** Of the brands that a browser claims, the one that says most: not the made-up one, and not only its engine's. */
function brandOf(brands = []) {
  const real = brands.filter(({ brand }) => !/not.*brand/i.test(brand));
  const { brand, version } = real.find(({ brand }) => brand !== 'Chromium') ?? real[0] ?? {};
  return brand && `${brand} ${version}`;
}

/** Browsers without userAgentData. @param {string} userAgent */
export function browserOf(userAgent) {
  const [, firefox] = /Firefox\/([\d.]+)/.exec(userAgent) ?? [];
  const [, safari] = /Version\/([\d.]+).* Safari\//.exec(userAgent) ?? [];
  return firefox ? `Firefox ${firefox}` : safari ? `Safari ${safari}` : userAgent;
}
