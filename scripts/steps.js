import { spawn } from 'node:child_process';

// All talk goes to stderr: stdout belongs to the result, which may be read by a program
// (`npm start --silent -- --json`).
const out = process.stderr;

const secondsUntilFirstLine = 2;
const secondsBetweenLines = 10;

/** A failure the reader can act on: shown as its message alone, without a stack. */
export class SetupError extends Error {}

/** The step being shown; inner steps stack on the outer one and give the line back when they end. */
let current = null;

/**
 * Says what is being done while `work` runs, and how it ended: by what `work` returns (`upToDate`,
 * or counts with some `failed`) or by its throwing.
 */
export async function step(title, work) {
  const outer = current;
  outer?.pause();
  const line = new ProgressLine(title);
  current = line;
  try {
    const result = await work();
    const outcome = result?.failed > 0 ? 'failed' : 'done';
    line.end(result === upToDate ? 'up to date' : `${outcome} (${line.seconds()} s)`);
    return result;
  } catch (error) {
    line.end(`failed (${line.seconds()} s)`);
    throw error;
  } finally {
    current = outer;
    outer?.resume();
  }
}

export const upToDate = Symbol('up to date');

/** One line of information that is not a step. */
export function say(text) {
  current?.erase();
  out.write(`${text}\n`);
}

class ProgressLine {
  #title;
  #start = performance.now();
  #detail = '';
  #lastPrinted = secondsUntilFirstLine - secondsBetweenLines;
  #timer;

  constructor(title) {
    this.#title = title;
    this.resume();
  }

  seconds() {
    return ((performance.now() - this.#start) / 1000).toFixed(1);
  }

  set detail(text) {
    this.#detail = text;
  }

  resume() {
    this.#timer = setInterval(() => this.#show(), out.isTTY ? 200 : 1000);
    this.#timer.unref();
  }

  pause() {
    clearInterval(this.#timer);
    this.erase();
  }

  erase() {
    if (out.isTTY) out.write('\r\x1b[2K');
  }

  end(outcome) {
    this.pause();
    out.write(`${this.#title}: ${outcome}\n`);
  }

  #show() {
    const elapsed = Math.floor(Number(this.seconds()));
    const text = `${this.#title} … ${elapsed} s${this.#detail && `  ${this.#detail}`}`;
    if (out.isTTY) {
      this.erase();
      out.write(text.slice(0, (out.columns || 80) - 1));
    } else if (elapsed >= this.#lastPrinted + secondsBetweenLines) {
      // A log file or CI has no line to rewrite: say now and then that work goes on.
      this.#lastPrinted = elapsed;
      out.write(`${text.slice(0, 160)}\n`);
    }
  }
}

/**
 * Runs a command and resolves to its output, stdout and stderr as they came. Its last line is shown
 * beside the running step; with `show` all of it is passed on as it comes. A command that fails
 * rejects with its output; with `mayFail` it resolves to { outcome, output }, `outcome` being ''
 * or what went wrong.
 */
export async function run(command, args, { cwd, env, show = false, mayFail = false } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    let unshown = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
      if (current) current.detail = lastLine(text);
      if (!show) return;
      // Whole lines only, as the progress line would overwrite the rest of a broken one.
      const end = (unshown + text).lastIndexOf('\n') + 1;
      const lines = (unshown + text).slice(0, end);
      unshown = (unshown + text).slice(end);
      if (lines) say(lines.slice(0, -1));
    });
    stream.on('end', () => unshown && say(unshown));
  }
  const outcome = await new Promise((resolve) => {
    child.on('error', (error) => {
      resolve(error.code === 'ENOENT' ? 'was not found' : `did not start: ${error.message}`);
    });
    child.on('close', (code, signal) => {
      resolve(signal ? `was ended by ${signal}` : code ? `failed with exit code ${code}` : '');
    });
  });
  if (current) current.detail = '';
  if (mayFail) return { outcome, output };
  if (outcome) throw commandError([command, ...args].join(' '), outcome, show ? '' : output);
  return output;
}

function commandError(commandLine, outcome, output) {
  // Of a line that was rewritten in place, as percentages are, only the last state.
  const lines = output.replace(/.*\r(?!\n)/g, '').trimEnd();
  return new SetupError(`\`${commandLine}\` ${outcome}.${lines && ` Its output:\n\n${lines}`}`);
}

function lastLine(text) {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}

/** Runs a script's main function; what goes wrong ends in a readable text and exit code 1. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    out.write(`\n${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
