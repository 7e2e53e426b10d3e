// Next.js, built with Turbopack and with webpack: on the server and in client components.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { browserOfSuite } from '../browser/support/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';

const PORT = 3917;
const ones = (size) => `new Float32Array(${size}).fill(1)`;
const textOf = `
  async function textOf() {
    try {
      const dw = await load();
      const x = { data: ${ones(16)}, shape: [1, 4, 4, 1] };
      const y = dw.depthwiseConv2d(x, { data: ${ones(9)}, shape: [3, 3, 1, 1] });
      return 'computes ' + Array.from(y.dataSync());
    } catch (error) {
      return error.message;
    }
  }
`;
const route = (entry) => `
  import { load } from '${entry}';
  export const dynamic = 'force-dynamic';
  export async function GET() {
    return new Response(await textOf());
  }
  ${textOf}
`;
const files = {
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
  'app/page.js': `
    import { load } from 'depthwise-wasm';
    export const dynamic = 'force-dynamic';
    export default async () => <p>{await textOf()}</p>;
    ${textOf}
  `,
  'app/route/route.js': route('depthwise-wasm'),
  'app/standalone/route.js': route('depthwise-wasm/standalone'),
  'app/client/page.js': `'use client';
    import { useEffect, useState } from 'react';
    import { load } from 'depthwise-wasm';
    export default function Page() {
      const [text, setText] = useState('');
      useEffect(() => void textOf().then(setText), []);
      return <p>{text}</p>;
    }
    ${textOf}
  `,
};
const COMPUTES = 'computes 9,9,9,9';

describe('Next.js', async () => {
  const browser = browserOfSuite('Chromium');
  const packages = { next: '^16.4.6', react: '^19.0.0', 'react-dom': '^19.0.0' };
  const consumer = await makeConsumer({ ...files, 'package.json': '{ "private": true }' }, { packages });
  const next = join(consumer.folder, 'node_modules/next/dist/bin/next');
  let stop = () => {};
  after(() => stop());

  async function start(bundler) {
    stop();
    await consumer.node(next, 'build', `--${bundler}`);
    stop = await consumer.serve([next, 'start', '--port', String(PORT)], 'Ready');
  }
  const textAt = async (path) => (await fetch(`http://localhost:${PORT}${path}`)).text();

  for (const bundler of ['turbopack', 'webpack']) {
    test(`computes in server components, route handlers and client components, with ${bundler}`, async () => {
      await consumer.write({ 'next.config.mjs': guideFile('Next.js', 'next.config.mjs') });
      await start(bundler);
      assert.match(await textAt('/'), new RegExp(`<p>${COMPUTES}</p>`));
      assert.equal(await textAt('/route'), COMPUTES);
      assert.equal(await textAt('/standalone'), COMPUTES);
      const page = await (await browser()).newPage();
      await page.goto(`http://localhost:${PORT}/client`);
      await page.waitForFunction((text) => globalThis.document.querySelector('p')?.textContent === text, {}, COMPUTES);
    });
  }

  test('says without the configuration which line is missing; the standalone script computes', async () => {
    await consumer.write({ 'next.config.mjs': 'export default {};' });
    await start('webpack');
    assert.match(await textAt('/route'), /serverExternalPackages: \['depthwise-wasm'\]/);
    assert.equal(await textAt('/standalone'), COMPUTES);
  });
});
