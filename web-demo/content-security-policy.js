/**
 * What the built pages ask browsers to hold them to: scripts, styles, pictures and data of their own site, and WebAssembly. Nothing inline,
 * nothing from elsewhere. The tests send it as a header too, which workers obey.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** With what Vite's development server needs: it puts styles into the page and talks to it over a socket. */
export const developmentPolicy = contentSecurityPolicy
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("connect-src 'self'", "connect-src 'self' ws:");
