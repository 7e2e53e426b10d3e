/** Returns the same convolution with x and y as [batch, channels, height, width]. */
export function inChannelsFirst({ xShape: [batch, height, width, channels], pad, ...others }) {
  return {
    ...others,
    xShape: [batch, channels, height, width],
    pad: Array.isArray(pad) ? [[0, 0], [0, 0], pad[1], pad[2]] : pad,
    dataFormat: 'NCHW',
  };
}

/** Returns an explicit pad for NHWC. */
export function sides(top, bottom, left, right) {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** Returns all combinations of one value for each name. */
export function combine(choices) {
  return Object.entries(choices).reduce(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
