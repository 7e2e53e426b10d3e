import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { headTags } from './build-steps/head-tags.js';
import { pageLayout } from './build-steps/page-layout.js';
import { developmentPolicy } from './content-security-policy.js';

const pages = ['index', 'teach', 'lab', 'filter'];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './', // relative, so that the folder works wherever it is put
  plugins: [headTags(), pageLayout()],
  resolve: {
    alias: [
      { find: /^depthwise-wasm$/, replacement: here('../js/index.js') },
      { find: /^depthwise-wasm\/tfjs$/, replacement: here('../js/tfjs/index.js') },
      { find: /^depthwise-wasm\/tfjs-layers$/, replacement: here('../js/tfjs-layers/index.js') },
    ],
    // js/ would find the tfjs of the checkout, and two of them know nothing of each other's tensors.
    dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'],
  },
  worker: { format: 'es' },
  // Workers are found only when they start, and the development server would reload the page for what they import.
  optimizeDeps: { entries: ['*.html', 'src/**/*.worker.js'] },
  server: {
    fs: { allow: [here('..')] },
    headers: { 'content-security-policy': developmentPolicy },
  },
  build: {
    outDir: here('../build/demo'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // a data: address is against the policy
    chunkSizeWarningLimit: 2000, // kilobytes: tfjs in a worker
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages.map((name) => here(`${name}.html`)) },
  },
});
