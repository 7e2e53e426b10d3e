import { element } from '../shared/element.js';

/** Shows a report as JSON, to be copied and to be saved as a file. @param {HTMLElement} host @param {any} report */
export function showJson(host, report) {
  const text = JSON.stringify(report, null, 2);
  const shown = element('pre', { tabIndex: 0, 'aria-label': 'The results as JSON' }, text);
  const details = element('details', {}, element('summary', {}, 'Show the JSON'), shown);
  const told = element('span', { className: 'hint', role: 'status' });
  const copy = element('button', { type: 'button', onclick: onCopy }, 'Copy as JSON');
  const save = element('button', { type: 'button', onclick: () => download(text, nameOf(report)) }, 'Download');
  host.replaceChildren(element('div', { className: 'buttons' }, copy, save, told), details);

  async function onCopy() {
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = 'Copied.';
    } catch {
      // Not every page may write there. What is selected the reader can copy.
      details.open = true;
      getSelection()?.selectAllChildren(shown);
      told.textContent = 'The browser did not allow it: the text below is selected, copy it from there.';
    }
  }
}

function nameOf({ date }) {
  return `speed-lab-${date.slice(0, 19).replaceAll(':', '-')}.json`;
}

function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = element('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser may not have begun to read it
}
