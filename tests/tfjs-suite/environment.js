import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

// A separate module, because the suite reads its environments when it is imported. The name becomes a part of each spec's name, and
// child.js removes it.
setTestEnvs([
  {
    name: 'on-wasm',
    backendName: 'wasm',
    isDataSync: true,
    flags: { WASM_HAS_MULTITHREAD_SUPPORT: false },
  },
]);
