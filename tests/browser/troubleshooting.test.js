// Checks that each text in the first table of docs/guide/troubleshooting.md occurs: it makes TensorFlow.js fail, in Node and on pages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { runInChild } from '../js/support/child.js';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { STRICT } from './support/policies.js';
import { openSite } from './support/site.js';
import { visitSite } from './support/visit.js';

const page = readFileSync(new URL('../../docs/guide/troubleshooting.md', import.meta.url), 'utf8');
const [table] = page.match(/(?:^\|.*\n)+/gm);
const quoted = [...table.matchAll(/^\|(.*?)\|/gm)].flatMap(([, cell]) => cell.match(/`[^`]+`/g) ?? []);

const START = `
  import * as tf from '@tensorflow/tfjs-core';
  import * as tfl from '@tensorflow/tfjs-layers';
  import '@tensorflow/tfjs-backend-wasm';
  import { trainOnWasm } from 'depthwise-wasm/tfjs';
  const train = (layer) => {
    const model = tfl.sequential({ layers: [layer, tfl.layers.flatten(), tfl.layers.dense({ units: 1 })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    return model.trainOnBatch(tf.ones([2, 9, 9, 2]), tf.zeros([2, 1]));
  };
  await tf.setBackend('wasm');
`;

/** Each throws an error with the text in Node. `…` is any text. */
const IN_NODE = {
  "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'": {
    source: 'await train(tfl.layers.conv2d({ kernelSize: 3, filters: 2, inputShape: [9, 9, 2] }));',
  },
  'the wasm backend of TensorFlow.js lacks this kernel': {
    source: 'await trainOnWasm(tf); tf.complex(tf.ones([4]), tf.zeros([4]));',
  },
  'gradient function not found for': {
    source: 'await trainOnWasm(tf); tf.grad((x) => tf.topk(x, 1).values)(tf.ones([2]));',
  },
  'dilation rates greater than 1 are not yet supported': {
    source:
      'await trainOnWasm(tf); await train(tfl.layers.conv2d({ kernelSize: 3, filters: 2, dilationRate: 2, inputShape: [9, 9, 2] }));',
  },
  "Cannot read properties of undefined (reading 'read')": {
    source:
      'await trainOnWasm(tf); await train(tfl.layers.batchNormalization({ scale: false, inputShape: [9, 9, 2] }));',
  },
  'An InputLayer should be passed either a': {
    source: `await tfl.models.modelFromJSON({ class_name: 'Sequential', config: { name: 'of_keras_3', layers: [
      { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, 2] } }] } });`,
  },
  'Corrupted configuration, expected array for nodeData': {
    source: `const call = { args: [{ class_name: '__keras_tensor__', config: { keras_history: ['x', 0, 0] } }], kwargs: {} };
      await tfl.models.modelFromJSON({ class_name: 'Functional', config: { name: 'of_keras_3', layers: [
      { class_name: 'ReLU', name: 'y', config: { name: 'y' }, inbound_nodes: [call] }] } });`,
  },
  'memory access out of bounds': {
    source: 'for (let i = 0; i < 40; i++) tf.ones([1024, 1024]);',
    nodeArguments: ['--wasm-max-mem-pages=400'], // 25 MiB
  },
};

describe('the texts of troubleshooting.md occur in Node', () => {
  for (const [text, { source, nodeArguments }] of Object.entries(IN_NODE)) {
    test(text, () => {
      const printed = `${START}try { ${source} } catch ({ message }) { console.log(message); } process.exit();`;
      assertContains(runInChild(printed, { nodeArguments }), text);
    });
  }
});

const SCRIPTS = ['tfjs-core/dist/tf-core.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'];
const answerWith = (status, text) => (response) =>
  response.writeHead(status, { 'content-type': 'text/html' }).end(text);

/** Each page writes the texts to its console. `answer`: to the request for the wasm of TensorFlow.js. */
const ON_PAGES = [
  {
    title: 'without the wasm file',
    answer: answerWith(404, ''),
    texts: ['both async and sync fetching of the wasm failed', 'Make sure the server can serve the'],
  },
  {
    title: 'with a page of HTML in place of the wasm file',
    answer: answerWith(200, '<!doctype html><title>An app</title>'),
    Chromium: ['expected magic word 00 61 73 6d, found 3c 21'],
    Firefox: ['failed to match magic number'],
  },
  {
    title: 'with a policy that forbids WebAssembly',
    policy: STRICT.replace(" 'wasm-unsafe-eval'", ''),
    Chromium: ['violates the following Content Security policy directive'],
    Firefox: ['blocked by CSP'],
  },
  {
    title: 'with two copies of tfjs',
    copies: 2,
    texts: ['Platform browser has already been set', "The kernel '…' for backend 'wasm' is already registered"],
  },
];

for (const name of browserNames) {
  describe(`the texts of troubleshooting.md occur in ${name}`, () => {
    const browser = sharedBrowser(name);
    for (const { title, answer, policy = STRICT, copies = 1, texts = [], ...others } of ON_PAGES) {
      test(title, async () => {
        const addresses = Array.from({ length: copies }, (_, i) =>
          SCRIPTS.map((path) => `/node_modules/@tensorflow/${path}?${i}`),
        );
        const html = [...addresses.flat(), '/main.js'].map((path) => `<script src="${path}"></script>`).join('\n');
        const site = await openSite(
          { 'content-security-policy': policy },
          {
            scriptInstead: (path) =>
              path === '/main.js' ? "globalThis.report = tf.setBackend('wasm').then(() => ({}));" : undefined,
            answer(path, response) {
              if (path === '/index.html') return answerWith(200, `<!doctype html>${html}`)(response);
              return path.endsWith('.wasm') && answer?.(response);
            },
          },
        );
        const { complaints } = await visitSite(await browser(), site, 'index.html');
        for (const text of [...texts, ...(others[name] ?? [])]) assertContains(complaints.join('\n'), text);
      });
    }
  });
}

test('troubleshooting.md quotes these texts and no others', () => {
  const ofPages = ON_PAGES.flatMap(({ texts = [], Chromium = [], Firefox = [] }) => [
    ...texts,
    ...Chromium,
    ...Firefox,
  ]);
  const expected = [...Object.keys(IN_NODE), ...ofPages];
  const asQuoted = quoted.map((code) => code.slice(1, -1));
  assert.deepEqual(asQuoted.sort(), expected.sort());
});

function assertContains(output, text) {
  const parts = text.split('…');
  const line = output.split('\n').find((each) => {
    let position = 0;
    return parts.every((part) => (position = each.indexOf(part, position) + part.length) >= part.length);
  });
  assert.ok(line, `"${text}" is not in:\n${output.slice(0, 2000)}`);
}
