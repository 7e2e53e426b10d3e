// For `node --import`: runs this process with relaxed SIMD, which Node 20 has only where it is asked for; newer ones do not know the flag,
// and do not mind.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--experimental-wasm-relaxed-simd');
