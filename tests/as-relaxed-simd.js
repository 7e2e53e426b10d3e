// For `node --import`: runs this process with relaxed SIMD. Node 20 has it where it is asked for; newer ones have it and know no such flag.
import { setFlagsFromString } from 'node:v8';

const [major] = process.versions.node.split('.');
if (Number(major) < 21) setFlagsFromString('--experimental-wasm-relaxed-simd');
