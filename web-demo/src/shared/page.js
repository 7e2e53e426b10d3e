import { byId } from './element.js';
import { connectThemeToggle } from './theme.js';

// What every page does: import it first.
connectThemeToggle();
connectSkipLink();

/** It moves the focus only: the address's hash is for the settings. */
function connectSkipLink() {
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    const content = byId('content');
    content.tabIndex = -1;
    content.focus();
  });
}
