import '../shared/page.js';
import { version } from '../../../package.json';
import { byId, clearMessage, element, showFailure, showMessage } from '../shared/dom.js';
import { checkList, layerForm, radioGroup, settings } from './controls.js';
import { describeDevice, hasVariant, showDevice } from './device.js';
import { DEFAULT_PRESET, layerOfLink, linkOf, presetLayer } from './layers.js';
import { runNetwork } from './network-run.js';
import { networkOf, networkPasses } from './networks.js';
import { backendOf, backends, passes, reportOf } from './report.js';
import { deviceName, showComparison } from './comparison.js';
import { reportOfLink } from './share.js';
import { showResults, showSharing, showTask } from './results.js';
import { run, SECONDS } from './run.js';
import { runProgress } from './run-progress.js';
import { onThreads, reasonForOneThread, threadItems } from './threads.js';

const NOT_HERE = 'not available in this browser';

const messageHost = byId('message');
const output = byId('output');
const jsonHost = byId('json');
const runButton = byId('run', HTMLButtonElement);
const progress = runProgress(byId('progress'), () => running?.abort());

/** @type {any} the selected layer, null when its fields are wrong */
let layer = null;
/** The report that the page shows. @type {any} */
let ownReport;
/** The report of a link. @type {any} */
let otherReport;
/** @type {AbortController | undefined} of the current measurement */
let running;

const device = describeDevice();
device.then((found) => {
  showDevice(byId('device'), found);
  if (found.webgl === null) backendList.disable('tfjs-webgl', NOT_HERE);
  if (found.webgpu === null) backendList.disable('tfjs-webgpu', NOT_HERE);
  backendList.show(settings.read().backends.split(','));
  update();
});

const form = layerForm((changed) => {
  layer = changed;
  if (layer) settings.write({ layer: linkOf(layer) });
  update();
});
const passList = checkList(byId('passes'), passes, (ids) => {
  settings.write({ passes: ids.join() });
  update();
});
const networkPassList = checkList(byId('network-passes'), networkPasses, (ids) => {
  settings.write({ networkPasses: ids.join() });
  update();
});
const backendList = checkList(byId('backends'), backends.map(withAvailability), (ids) => {
  settings.write({ backends: ids.join() });
  update();
});
const oneThread = reasonForOneThread();
byId('threads-hint').textContent = oneThread ?? 'Automatic: the number that load() and TensorFlow.js pick.';
const threadList = checkList(byId('threads'), oneThread ? [] : threadItems(), (ids) => {
  settings.write({ threads: ids.join() });
  update();
});
const time = radioGroup(byId('time'), (/** @type {any} */ value) => {
  settings.write({ time: value });
  update();
});
applySettings(settings.read());
if (location.hash.includes('result=')) compareWith(location.hash);
settings.onChange((values) => {
  running?.abort();
  applySettings(values);
  if (location.hash.includes('result=')) compareWith(location.hash);
});
if (!hasVariant('simd')) showFailure(messageHost, new Error('This engine has no WebAssembly SIMD.'));

byId('settings').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!running && layer && hasVariant('simd')) measure();
});

byId('compare').addEventListener('submit', (event) => event.preventDefault());
byId('compare-link', HTMLInputElement).addEventListener('input', ({ target }) => {
  const link = /** @type {HTMLInputElement} */ (target).value.trim();
  if (link) compareWith(link);
  else byId('compare-problem').textContent = '';
});

/** Shows the result of a link, next to the result of this device if there is one. @param {string} link */
async function compareWith(link) {
  const problem = byId('compare-problem');
  try {
    otherReport = await reportOfLink(link);
    problem.textContent = '';
  } catch (error) {
    problem.textContent = /** @type {Error} */ (error).message;
    return;
  }
  if (ownReport) return showComparison(byId('comparison'), ownReport, otherReport);
  const title = element('h3', {}, `A shared result: ${deviceName(otherReport)}`);
  const hint = element('p', { className: 'hint' }, 'Press Measure to compare it with this device.');
  byId('comparison').replaceChildren(title, hint);
  showResults(output, otherReport);
}

function applySettings(values) {
  clearMessage(messageHost);
  try {
    layer = layerOfLink(values.layer);
  } catch (error) {
    layer = presetLayer(DEFAULT_PRESET);
    const reason = /** @type {Error} */ (error).message.replace(/\.?$/, '.');
    const text = `${reason} The page uses its default layer instead.`;
    showMessage(messageHost, { kind: 'error', title: 'The page cannot measure the layer in the address.', text });
  }
  form.show(layer);
  passList.show(values.passes.split(','));
  networkPassList.show(values.networkPasses.split(','));
  backendList.show(values.backends.split(','));
  threadList.show(values.threads.split(','));
  time.show(values.time);
  update();
}

function isNetwork() {
  return layer !== null && Boolean(networkOf(layer.name));
}

function update() {
  byId('passes').hidden = isNetwork();
  byId('network-passes').hidden = !isNetwork();
  runButton.disabled = !layer || !hasVariant('simd');
  byId('plan').textContent = `Takes about ${task().seconds} seconds, longer on a slow device.`;
  if (!ownReport && !otherReport) showTask(output, task());
}

/** @returns {any} */
function task() {
  const selected = isNetwork() ? networkPassList : passList;
  const threads = oneThread ? ['auto'] : threadList.selected();
  const chosen = backendList.selected().map(backendOf);
  return {
    layer,
    passes: selected.selected(),
    backends: onThreads(chosen, threads),
    time: time.selected(),
    seconds: SECONDS[time.selected()] * (chosen.some(({ hasThreads }) => hasThreads) ? threads.length : 1),
  };
}

async function measure() {
  const current = task();
  const controller = (running = new AbortController());
  const results = new Map();
  let started = { clock: { step: 0, sampleLength: 0 }, backends: /** @type {any[]} */ ([]) };
  begin();
  try {
    const found = await device;
    const runTask = isNetwork() ? runNetwork : run;
    await runTask(current, {
      signal: controller.signal,
      progress: progress.show,
      started: (values) => (started = values),
      measured(pass, passResults) {
        results.set(pass, passResults);
        show(reportOf({ ...current, ...started, device: found, results, version }));
      },
    });
    byId('announcement').textContent = 'The measurement is finished.';
  } catch (error) {
    if (controller.signal.aborted) showCancelled(results);
    else showFailure(messageHost, error);
  } finally {
    running = undefined;
    end();
  }
}

function begin() {
  const hadFocus = runButton === document.activeElement;
  clearMessage(messageHost);
  byId('choices', HTMLFieldSetElement).disabled = true;
  runButton.disabled = true;
  progress.show('Starting', 0);
  if (hadFocus) progress.focus();
  byId('announcement').textContent = '';
  const results = byId('results');
  // On a phone, the results are below the settings.
  if (results.getBoundingClientRect().top > innerHeight / 2) results.scrollIntoView();
}

function end() {
  const hadFocus = progress.hasFocus();
  progress.hide();
  byId('choices', HTMLFieldSetElement).disabled = false;
  update();
  if (hadFocus) runButton.focus({ preventScroll: true });
}

function show(report) {
  ownReport = report;
  showResults(output, report);
  if (otherReport) showComparison(byId('comparison'), report, otherReport);
  showSharing(jsonHost, report);
  jsonHost.hidden = false;
}

/** @param {Map<string, any>} results of the finished passes */
function showCancelled(results) {
  const text = results.size > 0 ? 'The page shows the finished passes.' : 'No pass was finished.';
  showMessage(messageHost, { title: 'Cancelled.', text });
}

/** Some browsers have no relaxed SIMD. */
function withAvailability(backend) {
  const isMissing = backend.id === 'relaxed-simd' && !hasVariant('relaxed-simd');
  return isMissing ? { ...backend, unavailable: NOT_HERE } : backend;
}
