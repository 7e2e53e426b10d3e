// The setup that every page needs: the theme button, the skip link and the service worker. Each page imports this file first.
import { byId } from './dom.js';
import './register-service-worker.js';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** Returns whether the page shows the dark theme: the user's choice, or the system's theme by default. */
function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : systemIsDark.matches;
}

/** Calls `listener` after each change of the theme. Charts use it to redraw with new colours. @param {() => void} listener */
export function onThemeChange(listener) {
  systemIsDark.addEventListener('change', listener);
  document.addEventListener('themechange', listener);
}

/** Returns the value of a colour of style.css. @param {string} name such as 'accent' */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// theme-before-paint.js applies the stored theme on the next page.
byId('theme-toggle').addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // Storage is disabled: the choice is valid for this page only.
  }
  document.dispatchEvent(new Event('themechange'));
});

// The skip link moves the focus, but not the hash of the address: the hash contains the settings.
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  const content = byId('content');
  content.tabIndex = -1;
  content.focus();
});
