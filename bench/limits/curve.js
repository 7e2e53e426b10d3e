/**
 * The bandwidth at a size, between those that were measured: on a straight line over the logarithm of the size, as caches come in
 * powers of two. Beyond the ends it is that of the end.
 *
 * @param {{ bytes: number, bandwidth: number }[]} points by growing size
 */
export function bandwidthAt(points, bytes) {
  const after = points.findIndex((point) => point.bytes >= bytes);
  if (after === 0) return points[0].bandwidth;
  if (after < 0) return points.at(-1).bandwidth;
  const [low, high] = [points[after - 1], points[after]];
  const share = Math.log(bytes / low.bytes) / Math.log(high.bytes / low.bytes);
  return low.bandwidth + share * (high.bandwidth - low.bandwidth);
}

/**
 * The milliseconds that no program on this machine can beat: all its multiplications and additions at the peak, or its bytes moved
 * once at the speed of a copy of as many, whichever takes longer.
 *
 * @param {{ gigaflops: number, copies: { bytes: number, bandwidth: number }[] }} limits gigaflops and gigabytes a second
 */
export function limitOf({ flops, bytes }, { gigaflops, copies }) {
  return Math.max(flops / gigaflops, bytes / bandwidthAt(copies, bytes)) / 1e6;
}
