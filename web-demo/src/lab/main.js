import '../shared/page.js';
import { version } from '../../../package.json';
import { byId } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { clearMessage, showMessage } from '../shared/message.js';
import { checkList } from './check-list.js';
import { contestants } from './contestants.js';
import { describeDevice, hasVariant } from './device.js';
import { showDevice } from './device-panel.js';
import { showEmpty } from './empty-view.js';
import { showJson } from './json-panel.js';
import { layerForm } from './layer-form.js';
import { layerOfLink, linkOf } from './layer-link.js';
import { settings } from './lab-settings.js';
import { passes } from './passes.js';
import { DEFAULT_PRESET, presetLayer } from './presets.js';
import { radioSwitch } from './radio-switch.js';
import { reportOf } from './report.js';
import { showResults } from './result-view.js';
import { runProgress } from './run-progress.js';
import { run, SECONDS } from './run.js';

const messageHost = byId('message');
const output = byId('output');
const jsonHost = byId('json');
const runButton = byId('run', HTMLButtonElement);
const progress = runProgress(byId('progress'), () => running?.abort());

/** @type {any} the layer that is chosen, null where its fields are wrong */
let layer = null;
/** @type {{ report: any, layer: any } | undefined} what the page shows */
let shown;
/** @type {AbortController | undefined} of the run that is under way */
let running;

const device = describeDevice();
device.then((found) => showDevice(byId('device'), found));

const form = layerForm((changed) => {
  layer = changed;
  if (layer) settings.write({ layer: linkOf(layer) });
  choicesChanged();
});
const passList = checkList(byId('passes'), passes, (ids) => {
  settings.write({ passes: ids.join() });
  choicesChanged();
});
const contestantList = checkList(byId('contestants'), contestants.map(whetherAvailable), (ids) => {
  settings.write({ contestants: ids.join() });
  choicesChanged();
});
const time = radioSwitch(byId('time'), (/** @type {any} */ value) => {
  settings.write({ time: value });
  choicesChanged();
});
const scale = radioSwitch(byId('scale'), (/** @type {any} */ value) => {
  settings.write({ scale: value });
  if (shown) showResults(output, shown.report, shown.layer, value);
});

applySettings(settings.read());
settings.onChange((values) => {
  running?.abort();
  applySettings(values);
});
if (!hasVariant('simd')) showFailure(messageHost, new Error('This engine has no WebAssembly SIMD.'));

byId('settings').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!running && layer && hasVariant('simd')) measure();
});

function applySettings(values) {
  clearMessage(messageHost);
  try {
    layer = layerOfLink(values.layer);
  } catch (error) {
    layer = presetLayer(DEFAULT_PRESET);
    const text = `${/** @type {Error} */ (error).message} The page begins with its default instead.`;
    showMessage(messageHost, { kind: 'error', title: 'The address names a layer that cannot be measured.', text });
  }
  form.show(layer);
  passList.show(values.passes.split(','));
  contestantList.show(values.contestants.split(','));
  time.show(values.time);
  scale.show(values.scale);
  choicesChanged();
}

function choicesChanged() {
  runButton.disabled = !layer || !hasVariant('simd');
  byId('plan').textContent = `Takes about ${SECONDS[time.chosen()]} seconds, more on a slow device.`;
  if (!shown) showEmpty(output, task());
}

/** @returns {any} */
function task() {
  return { layer, passes: passList.chosen(), contestants: contestantList.chosen(), time: time.chosen() };
}

async function measure() {
  const current = task();
  const controller = (running = new AbortController());
  const results = new Map();
  let started = { clock: { step: 0, turn: 0 }, contestants: /** @type {any[]} */ ([]) };
  begin();
  try {
    const found = await device;
    await run(current, {
      signal: controller.signal,
      progress: progress.show,
      started: (what) => (started = what),
      measured(pass, passResults) {
        results.set(pass, passResults);
        show(reportOf({ ...current, ...started, device: found, results, version }), current.layer);
      },
    });
    byId('announcement').textContent = 'Everything is measured.';
  } catch (error) {
    if (controller.signal.aborted) tellCancelled(results);
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
  // On a phone they are below.
  if (results.getBoundingClientRect().top > innerHeight / 2) results.scrollIntoView();
}

function end() {
  const hadFocus = progress.hasFocus();
  progress.hide();
  byId('choices', HTMLFieldSetElement).disabled = false;
  choicesChanged();
  if (hadFocus) runButton.focus({ preventScroll: true });
}

function show(report, ofLayer) {
  shown = { report, layer: ofLayer };
  showResults(output, report, ofLayer, /** @type {any} */ (scale.chosen()));
  showJson(jsonHost, report);
  jsonHost.hidden = false;
  byId('scale').hidden = false;
}

function tellCancelled(results) {
  const text =
    results.size > 0 ? 'What was finished is shown.' : 'No pass was finished, so there is nothing new to show.';
  showMessage(messageHost, { title: 'Cancelled.', text });
}

/** Relaxed SIMD is not in every browser. */
function whetherAvailable(contestant) {
  const isMissing = contestant.id === 'relaxed-simd' && !hasVariant('relaxed-simd');
  return isMissing ? { ...contestant, unavailable: 'not in this browser' } : contestant;
}
