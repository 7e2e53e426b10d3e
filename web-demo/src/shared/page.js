import { connectThemeToggle } from './theme.js';

// What every page does: import it first.
connectThemeToggle();
