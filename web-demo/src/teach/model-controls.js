import { byId, element } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { clearMessage, showMessage } from '../shared/message.js';

/** Browsers drop a download whose address is gone before they have read it. */
const DOWNLOAD_MS = 60_000;

/**
 * Save and load.
 *
 * @param {object} options
 * @param {() => import('comlink').Remote<import('./teach.worker.js').Api>} options.api
 * @param {() => string[]} options.names of the classes
 * @param {(names: string[] | undefined) => void} options.onLoad
 */
export function connectModelControls({ api, names, onLoad }) {
  const messages = byId('model-messages');
  const files = byId('files', HTMLInputElement);
  const bringBack = byId('bring-back');

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    clearMessage(messages);
    try {
      await work();
    } catch (error) {
      if (/** @type {Error} */ (error).name !== 'ModelError') return showFailure(messages, error);
      showMessage(messages, { kind: 'error', title: 'This is not a model for this page.', text: /** @type {Error} */ (error).message }); // prettier-ignore
    }
  };
  const loaded = (classes) => {
    onLoad(classes);
    showMessage(messages, { title: 'Loaded.', text: 'Draw something: this model answers now.' });
  };
  const showWhetherKept = async () => (bringBack.hidden = !(await api().isKept()));

  byId('download').addEventListener('click', () =>
    attempt(async () => {
      for (const { name, content } of await api().files(names())) await download(name, content);
    }),
  );
  byId('load').addEventListener('click', () => files.click());
  files.addEventListener('change', () =>
    attempt(async () => {
      const chosen = [...(files.files ?? [])];
      files.value = ''; // so that the same can be chosen again
      if (chosen.length > 0) loaded(await api().loadFiles(chosen));
    }),
  );
  byId('keep').addEventListener('click', () =>
    attempt(async () => {
      await api().keep(names());
      await showWhetherKept();
      showMessage(messages, { title: 'Kept.', text: 'This browser has it until you clear the data of this site.' });
    }),
  );
  bringBack.addEventListener('click', () => attempt(async () => loaded(await api().loadKept())));

  return { showWhetherKept };
}

/** @param {string} name @param {string | ArrayBuffer} content */
async function download(name, content) {
  const type = typeof content === 'string' ? 'application/json' : 'application/octet-stream';
  const href = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), DOWNLOAD_MS);
  await new Promise((resolve) => setTimeout(resolve, 100)); // Firefox saves only the last of those that come at once
}
