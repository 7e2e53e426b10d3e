import { element } from '../shared/element.js';

/** @param {HTMLElement} host a <dl> @param {Awaited<ReturnType<typeof import('./device.js').describeDevice>>} device */
export function showDevice(host, device) {
  const { browser, platform, architecture, model, cores, memoryGB, webAssembly, variant } = device;
  const facts = [
    ['Browser', browser],
    ['System', [model, platform, architecture].filter(Boolean).join(', ')],
    ['Cores', cores && `${cores}, of which one is used`],
    ['Memory', memoryGB && (memoryGB >= 8 ? '8 GB or more' : `about ${memoryGB} GB`)],
    ['WebAssembly', featuresOf(webAssembly)],
    ['load() takes', variant ?? 'neither variant: there is no WebAssembly SIMD'],
  ];
  host.replaceChildren(
    ...facts
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, String(value))]),
  );
}

function featuresOf({ simd, relaxedSimd, threads }) {
  const has = (is, name) => (is ? name : `no ${name}`);
  return [has(simd, 'SIMD'), has(relaxedSimd, 'relaxed SIMD'), has(threads, 'threads on this page')].join(', ');
}
