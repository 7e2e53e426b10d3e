import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

// A module of its own, because the suite asks for its environments as soon as it is imported. The name is part of each spec's name, and
// placeOf in chosen.js knows it.
setTestEnvs([
  {
    name: 'on-wasm',
    backendName: 'wasm',
    isDataSync: true,
    flags: { WASM_HAS_MULTITHREAD_SUPPORT: false },
  },
]);
