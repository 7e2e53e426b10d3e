import { check } from './check.js';

/** That docs/api is what the types and their comments say, all of which have one. */
export async function docs() {
  return check('API reference', process.execPath, ['scripts/docs/api.js', '--check']);
}
