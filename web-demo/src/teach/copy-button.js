/** Copies the text when the button is pressed, and says so on it. @param {HTMLButtonElement} button @param {HTMLElement} source */
export function connectCopyButton(button, source) {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent ?? '');
      button.textContent = 'Copied';
    } catch {
      getSelection()?.selectAllChildren(source); // the browser does not let pages copy: a key does the rest
      button.textContent = 'Selected: press Ctrl+C';
    }
    setTimeout(() => (button.textContent = label), 2000);
  });
}
