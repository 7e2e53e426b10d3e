// Elements, messages and progress bars. Importing this file touches no document, so tests in Node can import it.

/**
 * Creates an element: `element('p', { className: 'hint' }, 'text', child)`.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties] of the element. Names with a dash, and `role`, become attributes.
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') created.setAttribute(name, value);
    else created[name] = value;
  }
  created.append(...children);
  return created;
}

/**
 * Returns the element of the page with this id. The page must contain it.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} [kind] the expected class, such as HTMLButtonElement
 * @returns {Kind}
 */
export function byId(id, kind = /** @type {any} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`The page contains no ${kind.name} with the id ${id}.`);
  return found;
}

/**
 * Replaces the content of `host` with a message. Screen readers announce an error at once, and other messages when the user pauses.
 *
 * @param {HTMLElement} host
 * @param {{ kind?: 'error' | 'info', title: string, text?: string, details?: string, action?: { label: string, run: () => void } }} message
 *   `details` is text for developers, shown folded
 */
export function showMessage(host, { kind = 'info', title, text, details, action }) {
  const isError = kind === 'error';
  const message = element('div', { className: `message message-${kind}`, role: isError ? 'alert' : 'status' });
  message.append(element('p', { className: 'message-title' }, title));
  if (text) message.append(element('p', {}, text));
  if (action) message.append(element('button', { type: 'button', onclick: action.run }, action.label));
  if (details) message.append(element('details', {}, element('summary', {}, 'Details'), element('pre', {}, details)));
  host.replaceChildren(message);
  if (isError) message.scrollIntoView({ block: 'nearest' }); // on a phone, the host can be outside of the viewport
}

/** Removes the message in `host`. @param {HTMLElement} host */
export function clearMessage(host) {
  host.replaceChildren();
}

/** Shows an error and what the user can do about it. @param {HTMLElement} host @param {any} error */
export function showFailure(host, error) {
  showMessage(host, { kind: 'error', ...explain(error) });
}

/** @param {any} error */
function explain(error) {
  const text = String(error?.message ?? error);
  const reload = { label: 'Reload', run: () => location.reload() };
  if (error?.name === 'DownloadError') {
    return { title: 'The page could not download a file.', text: navigator.onLine ? 'Try again later.' : 'You are offline. Connect to the internet, then try again.', details: text }; // prettier-ignore
  }
  if (error?.name === 'CameraError') return { title: 'The camera gives no picture.', text };
  if (error?.name === 'WorkerError') {
    return {
      title: 'The worker of this page does not run.',
      text: navigator.onLine
        ? 'The page computes in a worker, and the browser could not run it. Reload the page. If that does not help, check whether an extension blocks scripts.'
        : 'You are offline, and the page must download its worker. Connect to the internet, then reload the page.',
      action: reload,
      details: text,
    };
  }
  if (/no WebAssembly|WebAssembly is not defined/.test(text)) {
    return {
      title: 'This browser has no WebAssembly SIMD.',
      text: 'The kernels need it. Use Chrome 91, Edge 91, Firefox 89, Safari 16.4 or a newer version. A lockdown or high-security mode can also turn it off.',
      details: text,
    };
  }
  return {
    title: 'Something went wrong.',
    text: 'Reload the page and try again.',
    action: reload,
    details: error?.stack ? `${text}\n\n${error.stack}` : text,
  };
}

/** Work that ends sooner shows no progress bar, because it would only flicker. */
const PROGRESS_DELAY_MS = 250;

/**
 * Shows a progress bar in `host` until `work` ends.
 *
 * @template Result
 * @param {HTMLElement} host
 * @param {string} label such as 'Loading the kernels'
 * @param {(report: (fraction: number) => void) => Promise<Result>} work can report its progress, from 0 to 1
 * @returns {Promise<Result>}
 */
export async function withProgress(host, label, work) {
  const bar = element('progress', { max: 1, 'aria-label': label });
  const progress = element('div', { className: 'progress', role: 'status' }, element('span', {}, `${label} …`), bar);
  const timer = setTimeout(() => host.append(progress), PROGRESS_DELAY_MS);
  try {
    return await work((fraction) => (bar.value = fraction));
  } finally {
    clearTimeout(timer);
    progress.remove();
  }
}
