import { byId } from '../shared/element.js';
import { allowOptions } from './options.js';

/** What the page is at. @typedef {'loading' | 'ready' | 'drawing' | 'training' | 'measuring' | 'broken'} Activity */

/**
 * Says which buttons can be pressed, and what is missing for training.
 *
 * @param {{ activity: Activity, missing: string, hasModel: boolean }} state
 */
export function allowButtons({ activity, missing, hasModel }) {
  const isReady = activity === 'ready';
  const focused = document.activeElement?.id;
  allow('show-me', isReady);
  allow('train', isReady && !missing);
  allow('measure', isReady && !missing);
  allow('stop', activity === 'training' || activity === 'measuring');
  moveFocus(focused);
  for (const id of ['download', 'keep']) allow(id, isReady && hasModel);
  for (const id of ['load', 'bring-back']) allow(id, isReady);
  allowOptions(isReady || activity === 'loading');
  byId('train-hint').textContent = missing;
  byId('train-hint').hidden = !missing;
}

/** @param {string} id @param {boolean} isAllowed */
function allow(id, isAllowed) {
  byId(id, HTMLButtonElement).disabled = !isAllowed;
}

/** A button that is switched off drops the focus: Train gives it to Stop, which gives it back. @param {string | undefined} focused */
function moveFocus(focused) {
  if (focused !== 'train' && focused !== 'stop') return;
  if (byId(focused, HTMLButtonElement).disabled)
    byId(focused === 'train' ? 'stop' : 'train').focus({ preventScroll: true });
}
