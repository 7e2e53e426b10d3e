import { styleText } from 'node:util';
import { tolerance } from '../shared/measure.js';
import { differenceText, ratioText, timeText } from '../shared/numbers.js';
import { plainTable } from '../shared/plain-table.js';
import { shapeText } from '../shared/shape-spec.js';
import { geometricMeans, OURS, ratioTo } from './summary.js';

const passTitles = { forward: 'forward', input: 'input gradient', filter: 'filter gradient' };
const ONCE = '*';
const LOST = '!';

/** The table as text, for a terminal or a README's code block, and the notes below it. */
export function textReport(rows, peers, context, { color }) {
  const { head, body, numbersFrom } = tableOf(rows, peers, color ? styleText : (_, text) => text);
  return [...plainTable({ head, body, numbersFrom }), '', ...notes(rows, peers, context)].join('\n');
}

export function markdownReport(rows, peers, context) {
  const { head, body, numbersFrom } = tableOf(rows, peers, (_, text) => text);
  const line = (cells) => `| ${cells.map((cell) => cell.trim()).join(' | ')} |`;
  const rule = line(head.map((_, column) => (column < numbersFrom ? '---' : '--:')));
  const text = notes(rows, peers, context).map((note) => (note.startsWith('  ') ? `- ${note.trim()}` : note));
  return [line(head), rule, ...body.map(line), '', ...text].join('\n');
}

function tableOf(rows, peers, paint) {
  const head = ['layer', 'shape', 'pass', 'difference', 'this package '];
  for (const { title } of peers) head.push(`${title} `, '× ');
  const body = rows.map((row, index) => {
    const isFirst = rows[index - 1]?.layer !== row.layer;
    const ours = row.results[OURS];
    const cells = [
      isFirst ? row.layer.name : '',
      isFirst ? shapeText(row.layer) : '',
      passTitles[row.pass].replace('gradient', 'grad.'),
      Number.isFinite(ours.difference) ? differenceText(ours.difference) : '–',
      resultText(ours, paint),
    ];
    for (const { id } of peers) cells.push(resultText(row.results[id], paint), ratioCell(ratioTo(row, id), paint));
    return cells;
  });
  return { head: head.map((text) => paint('bold', text)), body, numbersFrom: 3 };
}

function resultText({ status, milliseconds, calls }, paint) {
  if (status === 'none') return 'none ';
  if (status === 'failed') return paint('red', 'failed ');
  if (status === 'wrong') return paint('red', 'wrong ');
  return timeText(milliseconds) + (calls === 1 ? ONCE : ' ');
}

function ratioCell(ratio, paint) {
  if (ratio === undefined) return '– ';
  return ratio < 1 ? paint('yellow', `${ratioText(ratio)}${LOST}`) : `${ratioText(ratio)} `;
}

function notes(rows, peers, context) {
  return [...meanNotes(rows), ...faultNotes(rows, peers), machineNote(context), '', ...legend(rows, peers)];
}

function meanNotes(rows) {
  const means = geometricMeans(rows);
  // Of two means over the same rows, the one that says more about them.
  const shown = means.filter((mean, index) => index === 0 || !isSame(mean, means[index - 1]));
  const lines = shown.map(({ pass, peer, over, layers, ratio, worst }) => {
    const which = `${layers} ${over === 'all' ? '' : `${over} `}layer${layers === 1 ? '' : 's'}`;
    const faster = `${passTitles[pass]}, against ${peer.replace('-', ' ')} over ${which}:`;
    return `  ${faster} ${ratioText(ratio)}× (worst ${ratioText(worst)}×)`;
  });
  return lines.length > 0 ? ['How many times faster this package is, geometric means:', '', ...lines, ''] : [];
}

function isSame(a, b) {
  return a.pass === b.pass && a.peer === b.peer && a.layers === b.layers;
}

function faultNotes(rows, peers) {
  const lines = rows.flatMap((row) =>
    [{ id: OURS, title: 'this package' }, ...peers].flatMap((contestant) => {
      const text = faultText(row, contestant);
      return text ? [`  ${row.layer.name}, ${passTitles[row.pass]}: ${text}`] : [];
    }),
  );
  if (lines.length > 0) return ['To be noted:', '', ...lines, ''];
  return peers.length > 0 ? ['tfjs is faster in no row, and no result is wrong.', ''] : [];
}

function faultText(row, { id, title }) {
  const { status, message, difference } = row.results[id];
  if (status === 'failed') return `${title} failed: ${message}`;
  if (status === 'wrong') {
    if (difference === Infinity) return `${title} is wrong: another shape, or a value that is not finite`;
    return `${title} is wrong: off by ${differenceText(difference)} of the largest value`;
  }
  const ratio = id === OURS ? undefined : ratioTo(row, id);
  return ratio < 1 ? `${title} is ${ratioText(1 / ratio)}× faster than this package` : undefined;
}

function machineNote({ machine, package: ours, tfjs, date, seconds }) {
  return [
    `${machine.cpu} (${machine.cores} cores), ${machine.platform} ${machine.arch}`,
    `Node ${machine.node}`,
    `depthwise-wasm ${ours.version} (${ours.variant})`,
    ...(tfjs ? [`tfjs ${tfjs}`] : []),
    date.slice(0, 10),
    `measured in ${seconds.toFixed(0)} s`,
  ].join(' · ');
}

function legend(rows, peers) {
  const anyResult = (test) => rows.some(({ results }) => peers.some(({ id }) => test(results[id])));
  const lines = [
    '  shape: batch x height x width x channels, filter; s stride, d dilation, m multiplier; padding is same unless told.',
    '  difference: the largest of this package from float64 loops by the definition, relative to the largest value.',
    `  wrong: beyond ${tolerance.toExponential()}. Every contestant is checked in every row before it is timed.`,
    '  Times: median of one call, contestants in turn and warmed up, on one thread each.',
    '  Tensors are float32 and in place; outputs are disposed of within the time; nothing is read back.',
  ];
  if (peers.length > 0) lines.push(`  ×: how many times faster this package is; ${LOST} where tfjs is the faster one.`);
  if (anyResult(({ status }) => status === 'none')) lines.push('  none: tfjs has no such kernel on its wasm backend.');
  if (anyResult(({ calls }) => calls === 1))
    lines.push(`  ${ONCE} one call is all that was timed: it takes that long.`);
  return ['Legend:', '', ...lines];
}
