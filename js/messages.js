import { elementsError, MAX_AXIS, MAX_ELEMENTS, NHWC, padError, sizesError, stepsError } from './arguments.js';

/** Composes the messages of the errors that C++ returns as a code with operands (cpp/include/depthwise/error.h). */

// The numbers of ErrorCode and Argument.
const CODES = {
  sizes: 1,
  elements: 2,
  steps: 3,
  pad: 4,
  channels: 5,
  window: 6,
  paddedSize: 7,
  outputElements: 8,
};
const ARGUMENTS = { x: 1, filter: 2, strides: 3, dilations: 4, pad: 5 };
const AXES = ['height', 'width'];

/**
 * Returns the error for a convolution that C++ refuses.
 *
 * @param {{ code: number, argument: number, operands: number[] }} error
 * @param {import('./arguments.js').ConvArguments & { names: any }} call
 * @returns {RangeError}
 */
export function geometryError({ code, argument, operands }, call) {
  const { functionName, names, x, filter, strides, dilations, pad, layout } = call;
  const nhwc = layout === NHWC;
  const isX = argument === ARGUMENTS.x;
  const [name, shape] = isX ? [names.x, x] : [names.filter, filter];
  const rangeError = (text) => new RangeError(`Error in ${functionName}: ${text}`);
  switch (code) {
    case CODES.sizes: {
      const xDimensions = nhwc ? '[batch, height, width, inChannels]' : '[batch, inChannels, height, width]';
      return sizesError(functionName, name, isX ? xDimensions : names.filterDimensions, shape, isX ? 0 : 1);
    }
    case CODES.elements:
      return elementsError(functionName, name, shape);
    case CODES.steps: {
      if (argument === ARGUMENTS.strides) return stepsError(functionName, 'strides', strides);
      if (argument === ARGUMENTS.dilations) return stepsError(functionName, 'dilations', dilations);
      return stepsError(functionName, names.filter, filter);
    }
    case CODES.pad:
      return padError(functionName, pad, nhwc);
    case CODES.channels:
      return rangeError(
        `${names.filter} must have as many inChannels as ${names.x}, got ${operands[0]} beside ${operands[1]}`,
      );
    case CODES.window: {
      const [axis, window, taps, dilation, padded] = operands;
      const how = dilation > 1 ? ` (${taps} dilated by ${dilation})` : '';
      return rangeError(
        `${names.filter} must not be larger than the padded input: its ${AXES[axis]} is ${window}${how}, ` +
          `the padded input's ${padded}`,
      );
    }
    case CODES.paddedSize: {
      const [axis, padded] = operands;
      const cause = argument === ARGUMENTS.dilations ? 'dilations' : 'pad';
      return rangeError(`${cause} must leave a padded ${AXES[axis]} of at most ${MAX_AXIS}, got ${padded}`);
    }
    case CODES.outputElements: {
      const [batch, height, width, channels] = operands;
      return rangeError(
        `the output must have at most ${MAX_ELEMENTS} elements (4 GiB), got batch ${batch}, height ${height}, ` +
          `width ${width}, channels ${channels}`,
      );
    }
    default:
      return rangeError(`error ${code} of the wasm module`);
  }
}
