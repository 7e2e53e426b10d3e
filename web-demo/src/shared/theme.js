import { byId } from './element.js';

/** The colours, light or dark: the system's until the reader chooses, which is remembered. theme-before-paint.js sets it before the page shows. */

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

export function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : systemIsDark.matches;
}

/** For what is drawn with colours, such as charts: calls back when they have changed. @param {() => void} listener */
export function onThemeChange(listener) {
  systemIsDark.addEventListener('change', listener);
  document.addEventListener('themechange', listener);
}

/** The value of a colour of the style, such as 'accent'. @param {string} name */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Makes the header's button work: every page calls it, by importing page.js. */
export function connectThemeToggle() {
  byId('theme-toggle').addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // Storage is switched off: it lasts for this page.
    }
    document.dispatchEvent(new Event('themechange'));
  });
}
