import { batchNormalizationHooks } from './batch-normalization.js';
import { convolutionHooks } from './convolution.js';
import { installHooks } from './hooks.js';
import { layerNormalizationHooks } from './layer-normalization.js';
import { optimizerHooks } from './optimizers.js';
import { tapeHooks } from './tape.js';

/** @type {typeof import('../index.d.ts').hookTraining} */
export function hookTraining(tf) {
  return installHooks(tf, [
    ...optimizerHooks,
    ...batchNormalizationHooks,
    ...layerNormalizationHooks,
    ...convolutionHooks,
    ...tapeHooks,
  ]);
}
