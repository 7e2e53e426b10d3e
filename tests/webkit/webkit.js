import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../browser/support/free-port.js';
import { webKitCommands } from '../../scripts/setup/webkit.js';

const MAX_SECONDS = 120;
const START_SECONDS = 60;

/**
 * Returns a function that returns WebKit for the tests of a suite. WebKit starts at the first call, and closes after the last test.
 *
 * @param {Record<string, string>} [env] options of JavaScriptCore
 * @returns {() => Promise<WebKit>}
 */
export function webKitOfSuite(env = {}) {
  let browser;
  after(async () => (await browser)?.close());
  return () => (browser ??= WebKit.start(env));
}

/** WebKitGTK's MiniBrowser on a virtual display, over WebDriver (https://www.w3.org/TR/webdriver2). It shows one page at a time. */
export class WebKit {
  version = '';
  #ends = [];
  #driver = '';

  /** @param {Record<string, string>} [env] options of JavaScriptCore */
  static async start(env = {}) {
    const browser = new WebKit();
    try {
      await browser.#start(env);
      return browser;
    } catch (error) {
      await browser.close();
      throw new Error(`WebKit could not be started: ${error.message}`, { cause: error });
    }
  }

  async #start(env) {
    const { driver, server, binary } = webKitCommands();
    const home = await mkdtemp(join(tmpdir(), 'depthwise-wasm-webkit-'));
    this.#ends.push(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));
    // The server selects a free display, and writes its number to file 3.
    const display = this.#spawn(server, ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'], {});
    const [number] = await once(display.stdio[3], 'data');
    const port = await freePort();
    this.#driver = `http://127.0.0.1:${port}`;
    // In the locale C.UTF-8 of containers, the language of pages would be 'C', which Intl refuses. In the locale C it is 'en-US'.
    const environment = { DISPLAY: `:${String(number).trim()}`, HOME: home, LC_ALL: 'C', ...env };
    this.#spawn(driver, ['-p', String(port)], environment);
    const options = { binary, args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    for (const end = Date.now() + START_SECONDS * 1000; ; await sleep(50)) {
      if ((await this.#call('GET', '/status').catch(() => undefined))?.ready) break;
      if (Date.now() > end) throw new Error(`${driver} does not answer`);
    }
    const { sessionId, capabilities: actual } = await this.#call('POST', '/session', { capabilities });
    this.version = actual.browserVersion;
    this.#driver += `/session/${sessionId}`;
    this.#ends.push(() => this.#call('DELETE', ''));
    await this.#call('POST', '/timeouts', { script: MAX_SECONDS * 1000, pageLoad: MAX_SECONDS * 1000 });
  }

  #spawn(command, args, env) {
    const stdio = /** @type {const} */ (['ignore', 'ignore', 'ignore', 'pipe']);
    const child = spawn(command, args, { stdio, env: { ...process.env, ...env } });
    process.once('exit', () => child.kill()); // if the tests are interrupted
    this.#ends.push(async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    return child;
  }

  async #call(method, path, body) {
    const response = await fetch(this.#driver + path, { method, body: body && JSON.stringify(body) });
    const { value } = /** @type {{ value: any }} */ (await response.json());
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async close() {
    for (const end of this.#ends.splice(0).reverse()) await end().catch(() => {}); // the earlier error matters
  }

  open(url) {
    return this.#call('POST', '/url', { url });
  }

  /** Returns what a function returns in the page. The function may be asynchronous. The value travels as JSON: WebDriver reorders objects. */
  async evaluate(body, ...args) {
    const script = `
      const [args, done] = arguments;
      const call = async () => (${body})(...args);
      call().then((value) => done({ json: JSON.stringify(value) }), (error) => done({ error: String(error) }));
    `;
    const { json, error } = await this.#call('POST', '/execute/async', { script, args: [args] });
    if (error) throw new Error(error);
    return json && JSON.parse(json);
  }

  /** Waits until a function returns a value that is not false in the page, and returns this value. */
  async waitFor(body, ...args) {
    for (const end = Date.now() + MAX_SECONDS * 1000; ; await sleep(50)) {
      const value = await this.evaluate(body, ...args);
      if (value) return value;
      if (Date.now() < end) continue;
      const text = await this.evaluate(() => document.body.innerText);
      throw new Error(`in ${MAX_SECONDS} seconds, the page did not become ${body}. It shows:\n${text}`);
    }
  }

  /** Clicks the element of a selector as a user does. */
  async click(selector) {
    const element = await this.#call('POST', '/element', { using: 'css selector', value: selector });
    const [id] = Object.values(element);
    await this.#call('POST', `/element/${id}/click`, {});
  }

  /** Presses keys one after the other. WebDriver has a character for each key without one. @param {string[]} keys */
  async press(...keys) {
    const actions = keys.flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.#call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }
}

/** The characters of WebDriver for keys. */
export const KEYS = { ArrowLeft: '\uE012', ArrowRight: '\uE014', ArrowDown: '\uE015', Delete: '\uE017' };
