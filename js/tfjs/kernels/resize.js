import { requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { requireTensor } from '../heap.js';

/** The numbers of the enums Interpolation and PixelGrid in cpp/nn/resize.h. */
const INTERPOLATIONS = { nearest: 0, bilinear: 1 };
const GRIDS = { corner: 0, alignCorners: 1, halfPixel: 2 };

/**
 * Returns a function that computes the gradient of ResizeNearestNeighbor or ResizeBilinear. Of `images` it reads the shape only.
 *
 * @param {keyof typeof INTERPOLATIONS} interpolation
 */
export function resizeGradient(interpolation) {
  return (ops, name, { images, dy }, { alignCorners = false, halfPixelCenters = false }) => {
    requireTensor(name, 'images', images, images?.dtype);
    requireTensor(name, 'dy', dy, 'float32');
    for (const [argument, { shape }] of Object.entries({ images, dy })) {
      if (shape.length === 4) continue;
      throw new RangeError(
        `Error in ${name}: ${argument} must have 4 dimensions [batch, height, width, channels], got [${shape}]`,
      );
    }
    const [batch, inHeight, inWidth, channels] = images.shape;
    const [, outHeight, outWidth] = dy.shape;
    requireShape(name, 'dy', dy.shape, [batch, outHeight, outWidth, channels]);
    if (sizeOf(images.shape) === 0 && sizeOf(dy.shape) > 0) {
      throw new RangeError(`Error in ${name}: images must have a pixel for dy [${dy.shape}], got [${images.shape}]`);
    }
    if (alignCorners && halfPixelCenters) {
      throw new RangeError(`Error in ${name}: alignCorners must not be true if halfPixelCenters is true`);
    }
    const grid = alignCorners ? GRIDS.alignCorners : halfPixelCenters ? GRIDS.halfPixel : GRIDS.corner;
    const numbers = [batch, inHeight, inWidth, outHeight, outWidth, channels, INTERPOLATIONS[interpolation], grid];
    const run = (native, [dy], [dx]) => native.resizeGradient(dy, dx, ...numbers);
    return ops.compute(name, { dy }, [images.shape], run)[0];
  };
}
