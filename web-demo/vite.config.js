import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { docsPages, docsPagesPlugin } from './docs-pages.js';
import { developmentPolicy, headTags, isolation, pageLayout } from './html-plugins.js';
import { packedData } from './packed-data/plugin.js';
import { serviceWorker } from './service-worker-file.js';
import { threadedTfjs } from './threaded-tfjs.js';

const pages = ['index', 'teach', 'lab', 'filter'];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './', // relative, so that the folder works at any path of a host
  plugins: [packedData(), docsPagesPlugin(), headTags(), pageLayout(), serviceWorker()],
  resolve: {
    alias: [
      { find: /^depthwise-wasm$/, replacement: here('../js/index.js') },
      { find: /^depthwise-wasm\/tfjs$/, replacement: here('../js/tfjs/index.js') },
      { find: /^depthwise-wasm\/tfjs-layers$/, replacement: here('../js/tfjs-layers/index.js') },
    ],
    // Without it, js/ imports the TensorFlow.js of the checkout. Two copies cannot use each other's tensors.
    dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'],
  },
  worker: { format: 'es', plugins: () => [threadedTfjs()] },
  // Without these entries, the development server finds the imports of workers late and reloads the page.
  optimizeDeps: { entries: ['*.html', 'src/**/*.worker.js'] },
  server: {
    fs: { allow: [here('..')] },
    headers: { 'content-security-policy': developmentPolicy, ...isolation },
  },
  preview: { headers: isolation },
  build: {
    outDir: here('../build/demo'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy forbids data: addresses
    chunkSizeWarningLimit: 2000, // kilobytes: TensorFlow.js in a worker
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [...pages.map((name) => here(`${name}.html`)), ...docsPages] },
  },
});
