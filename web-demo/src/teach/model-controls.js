import { byId, clearMessage, element, showFailure, showMessage } from '../shared/dom.js';

/** Browsers cancel a download when its address disappears before they read it. */
const DOWNLOAD_MS = 60_000;

/**
 * Connects the buttons that download, load, save and restore the model.
 *
 * @param {object} options
 * @param {() => import('comlink').Remote<import('./teach.worker.js').Api>} options.api
 * @param {() => string[]} options.names of the classes
 * @param {(loaded: { classes: number, names: string[] | undefined, size: number }) => void} options.onLoad
 */
export function connectModelControls({ api, names, onLoad }) {
  const messages = byId('model-messages');
  const files = byId('files', HTMLInputElement);
  const restore = byId('restore');

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    clearMessage(messages);
    try {
      await work();
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      if (name !== 'ModelError') return showFailure(messages, error);
      showMessage(messages, { kind: 'error', title: 'The page cannot use this model.', text: message });
    }
  };
  const loaded = (content) => {
    onLoad(content);
    showMessage(messages, { title: 'Model loaded.', text: 'Draw something to see a guess of this model.' });
  };
  const updateRestore = async () => (restore.hidden = !(await api().isSaved()));
  const otherTabs = new BroadcastChannel('saved model of the page Teach it');
  otherTabs.addEventListener('message', updateRestore);

  byId('download').addEventListener('click', () =>
    attempt(async () => {
      for (const { name, content } of await api().files(names())) await download(name, content);
    }),
  );
  byId('load').addEventListener('click', () => files.click());
  files.addEventListener('change', () =>
    attempt(async () => {
      const chosen = [...(files.files ?? [])];
      files.value = ''; // so that the user can choose the same files again
      if (chosen.length > 0) loaded(await api().loadFiles(chosen));
    }),
  );
  byId('save').addEventListener('click', () =>
    attempt(async () => {
      await api().save(names());
      await updateRestore();
      otherTabs.postMessage('saved');
      showMessage(messages, { title: 'Model saved.', text: 'It stays in this browser until you clear the site data.' });
    }),
  );
  restore.addEventListener('click', () => attempt(async () => loaded(await api().loadSaved())));

  return { updateRestore };
}

/** @param {string} name @param {string | ArrayBuffer} content */
async function download(name, content) {
  const type = typeof content === 'string' ? 'application/json' : 'application/octet-stream';
  const href = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), DOWNLOAD_MS);
  await new Promise((resolve) => setTimeout(resolve, 100)); // Firefox saves only the last of two downloads at the same time
}
