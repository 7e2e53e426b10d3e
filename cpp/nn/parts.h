#pragma once

#include <cstddef>

#include "depthwise/geometry.h"
#include "depthwise/memory.h"
#include "parallel/parallel.h"

/// Divides kernels whose parts are the same kernel on fewer elements or fewer images, so that threads may compute them.
namespace depthwise {

/// Runs an elementwise kernel on ranges of the elements: compute(first, count). `floats` is the number of floats that
/// it reads and writes for each element.
template <class Compute>
void forElements(double size, int floats, const Compute& compute, bool isInPlace = false) {
  const Work work = workOfBytes(size * floats * double{sizeof(float)});
  const auto computeRange = [&](ptrdiff_t first, ptrdiff_t end) {
    compute(first, static_cast<int>(end - first));
    return Status{};
  };
  static_cast<void>(
      parallelFor(static_cast<ptrdiff_t>(size), kCacheLine / sizeof(float), work, computeRange, isInPlace));
}

/// Runs a pooling on ranges of its images: compute(geometry, offset in x, offset in y).
template <class Compute>
void forImages(const PoolGeometry& g, const Compute& compute) {
  const ptrdiff_t xSize = ptrdiff_t{g.height.in} * g.width.in * g.channels;
  const ptrdiff_t ySize = ptrdiff_t{g.height.out} * g.width.out * g.channels;
  const double reads = static_cast<double>(ySize) * g.height.taps * g.width.taps;
  const Work work = workOfBytes(g.batch * (reads + static_cast<double>(xSize + ySize)) * double{sizeof(float)});
  static_cast<void>(parallelFor(g.batch, 1, work, [&](ptrdiff_t first, ptrdiff_t end) {
    PoolGeometry part = g;
    part.batch = static_cast<int>(end - first);
    compute(part, first * xSize, first * ySize);
    return Status{};
  }));
}

}  // namespace depthwise
