/** The numbers of threads for which there is a prediction. */
export const PREDICTED = [4, 8];

/**
 * Returns the predicted speed-up for `threads` threads from the measured speed-up for `measured` threads, by Amdahl's law: a share of the work runs on one
 * thread, the rest is divided. It knows neither the speed of the memory nor processors that share units.
 */
export function predictedSpeedUp(speedUp, measured, threads) {
  const alone = Math.min(1, Math.max(0, (measured / speedUp - 1) / (measured - 1)));
  return 1 / (alone + (1 - alone) / threads);
}
