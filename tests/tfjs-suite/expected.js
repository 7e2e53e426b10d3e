import { readFileSync } from 'node:fs';

/**
 * The specs that fail, by reason. `message` is a part of what the failure says: a listed spec that fails in another way is not expected to.
 *
 * @type {{ reason: string, message: string, specs: string[] }[]}
 */
const groups = JSON.parse(readFileSync(new URL('expected-failures.json', import.meta.url), 'utf8'));

/**
 * Compares what came of the specs with what is listed.
 *
 * @param {{ spec: string, passed: boolean, message?: string }[]} specs
 */
export function judge(specs) {
  const failed = specs.filter(({ passed }) => !passed);
  const names = new Set(failed.map(({ spec }) => spec));
  const isListed = ({ spec, message }) =>
    groups.some((group) => group.specs.includes(spec) && message?.includes(group.message));
  return {
    /** Failures that are not listed, or are for another reason. */
    unexpected: failed.filter((spec) => !isListed(spec)).map(({ spec, message }) => `${spec}: ${message}`),
    /** Entries of the list that do not fail. */
    stale: groups.flatMap((group) => group.specs).filter((spec) => !names.has(spec)),
  };
}
