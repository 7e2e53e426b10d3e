import * as ort from 'onnxruntime-web';
import { ortContestant } from './ort-contestant.js';

export function createContestant() {
  return ortContestant(ort, { title: 'ort-web', passes: ['forward', 'fused'] });
}
