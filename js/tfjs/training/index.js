import { installHooks } from './hooks.js';
import { optimizerHooks } from './optimizers.js';

/** @type {typeof import('../index.d.ts').hookTraining} */
export function hookTraining(tf) {
  return installHooks(tf, [...optimizerHooks]);
}
