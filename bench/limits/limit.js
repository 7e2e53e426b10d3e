/**
 * The milliseconds that a row's work takes at least, in the race that its contestants ran: all its multiplications and additions at the
 * machine's peak, or its bytes moved once, whichever takes longer; either by the fastest of its ways. Undefined where one of both could not
 * be measured. And `limits`, what each way took for the row's work, as measurePass gives it.
 *
 * @param {{ id: string, kind: 'arithmetic' | 'copy', factor: number }[]} entrants limitEntrants'
 * @param {Record<string, { status: string, milliseconds?: number }>} results measurePass's, with those of others
 */
export function limitOf(entrants, results) {
  const limits = Object.fromEntries(entrants.map(({ id, factor }) => [id, scaled(results[id], factor)]));
  const fastest = (wanted) =>
    Math.min(
      ...entrants
        .filter(({ id, kind }) => kind === wanted && limits[id].status === 'ok')
        .map(({ id }) => limits[id].milliseconds),
    );
  const limit = Math.max(fastest('arithmetic'), fastest('copy'));
  return { limit: Number.isFinite(limit) ? limit : undefined, limits };
}

function scaled(result, factor) {
  return result.status === 'ok' ? { ...result, milliseconds: result.milliseconds * factor } : result;
}
