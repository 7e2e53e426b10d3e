/** What threads must reach (`floor`) and should reach (`aim`) on two processors. */
export const goals = [
  more('long', 'passes of 75 µs or more, geometric mean', 1.85, 1.95),
  more('short', 'passes of 14 to 75 µs, geometric mean', 1.5, 1.8),
  more('memory', '112×112×64 with stride 2, bound by memory', 1.5, 1.8),
  less('smallest', 'smallest call, time against one thread', 1.02, 1.0),
  less('busy/median', 'second processor busy, time against one thread, median', 1.02, 1.0),
  less('busy/late', 'the same, 90th percentile', 1.2, 1.1),
  more('step/large', 'training step, MobileNetV1 α 1, 160×160', 1.6, 1.8),
  more('step/small', 'training step, MobileNetV1 α 0.25, 96×96', 1.25, 1.4),
];

/** Returns lines with the figures, { [id]: value }, next to their goals. */
export function goalLines(figures) {
  return goals
    .filter(({ id }) => id in figures)
    .map(({ id, title, floor, aim, isReached }) => {
      const value = figures[id];
      const verdict = isReached(value, aim)
        ? 'meets the aim'
        : isReached(value, floor)
          ? 'meets the floor'
          : 'below the floor';
      return [title, `${value.toFixed(2)}`, floor.toFixed(2), aim.toFixed(2), verdict];
    });
}

function more(id, title, floor, aim) {
  return { id, title, floor, aim, isReached: (value, goal) => value >= goal };
}

function less(id, title, floor, aim) {
  return { id, title, floor, aim, isReached: (value, goal) => value <= goal };
}
