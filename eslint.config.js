import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['build/', 'dist/'] },
  js.configs.recommended,
  { languageOptions: { globals: globals['shared-node-browser'] } },
  {
    files: [
      'scripts/**',
      'tests/**',
      'bench/**',
      'docs/**',
      'js/**/*.node.js',
      '*.js',
      'web-demo/*.js',
      'web-demo/build-steps/**',
      'web-demo/screenshots/**',
    ],
    languageOptions: { globals: globals.node },
  },
  {
    files: [
      'js/threads/start-worker.js',
      'docs/examples/train-in-a-worker/**',
      'docs/examples/train-in-parallel/**',
      'tests/browser/pages/**',
      'tests/browser/demo/**',
      'tests/webkit/**',
      'web-demo/src/**',
      'web-demo/public/**',
      'web-demo/screenshots/**',
    ],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
  },
  {
    files: ['docs/examples/train-in-a-worker/plain-worker.js'],
    languageOptions: { globals: { tf: 'readonly' } }, // the scripts of TensorFlow.js define it
  },
];
