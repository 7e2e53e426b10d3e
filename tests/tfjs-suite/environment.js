import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

// A separate module, because the suite reads its environments when it is imported. The name is a part of each spec's name, which placeOf in
// chosen.js parses.
setTestEnvs([
  {
    name: 'on-wasm',
    backendName: 'wasm',
    isDataSync: true,
    flags: { WASM_HAS_MULTITHREAD_SUPPORT: false },
  },
]);
