#include "nn/pooling.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

/// The inputs of an axis that a window contains: first + i·dilation for i < count.
struct ClippedWindow {
  int first;
  int count;
};

ClippedWindow clipWindow(const Axis& axis, int out) {
  const int64_t start = int64_t{out} * axis.stride - axis.padBefore;
  const int64_t last = start + int64_t{axis.taps - 1} * axis.dilation;
  if (start >= 0 && last < axis.in) return {int(start), axis.taps};  // most windows: without a division
  const int64_t clippedTaps = start < 0 ? (axis.dilation - 1 - start) / axis.dilation : 0;
  const int64_t first = start + clippedTaps * axis.dilation;
  if (clippedTaps >= axis.taps || first >= axis.in) return {0, 0};
  const int64_t tapsToEnd = (axis.in - 1 - first) / axis.dilation + 1;
  return {int(first), int(std::min(axis.taps - clippedTaps, tapsToEnd))};
}

/// The inputs of a window, as offsets in the tensor. A size is an integer, or an integral_constant for unrolled loops.
template <class Rows, class Columns>
struct Window {
  ptrdiff_t first, rowStep, columnStep;
  Rows rows;
  Columns columns;

  bool isEmpty() const { return rows * columns == 0; }
  float inputCount() const { return float(rows) * float(columns); }

  /// Calls visit(offset) for all inputs, row by row.
  template <class Visit>
  DEPTHWISE_INLINE void forEachInput(Visit&& visit) const {
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) visit(first + i * rowStep + j * columnStep);
    }
  }
  /// Calls visit(offset) for all inputs, from the last to the first.
  template <class Visit>
  DEPTHWISE_INLINE void forEachInputReversed(Visit&& visit) const {
    for (int i = rows - 1; i >= 0; --i) {
      for (int j = columns - 1; j >= 0; --j) visit(first + i * rowStep + j * columnStep);
    }
  }
};

/// Calls beginRow(offset of the end of the last row of the windows) for each row of outputs, and visit(window, offset
/// in y) for each output.
template <class BeginRow, class Visit>
DEPTHWISE_INLINE void forEachWindow(const PoolGeometry& g, BeginRow&& beginRow, Visit&& visit) {
  const ptrdiff_t channels = g.channels, rowSize = channels * g.width.in;
  const ptrdiff_t rowStep = g.height.dilation * rowSize, columnStep = g.width.dilation * channels;
  ptrdiff_t image = 0, output = 0;
  for (int n = 0; n < g.batch; ++n, image += g.height.in * rowSize) {
    for (int row = 0; row < g.height.out; ++row) {
      const ClippedWindow rows = clipWindow(g.height, row);
      const ptrdiff_t firstRow = image + rows.first * rowSize;
      beginRow(rows.count == 0 ? image : firstRow + (rows.count - 1) * rowStep + rowSize);
      for (int column = 0; column < g.width.out; ++column, output += channels) {
        const ClippedWindow columns = clipWindow(g.width, column);
        const ptrdiff_t first = firstRow + columns.first * channels;
        const auto visitSized = [&](auto height, auto width) {
          visit(Window<decltype(height), decltype(width)>{first, rowStep, columnStep, height, width}, output);
        };
        using Two = std::integral_constant<int, 2>;
        using Three = std::integral_constant<int, 3>;
        if (rows.count == 2 && columns.count == 2) {
          visitSized(Two{}, Two{});
        } else if (rows.count == 3 && columns.count == 3) {
          visitSized(Three{}, Three{});
        } else {
          visitSized(rows.count, columns.count);
        }
      }
    }
  }
}

/// Zeroes dx row by row, shortly before windows add to a row, so that the row is still in the L1 cache then.
class ZeroedRows {
 public:
  explicit ZeroedRows(float* dx) : dx_(dx) {}
  void until(ptrdiff_t end) {
    if (end <= end_) return;
    std::fill(dx_ + end_, dx_ + end, 0.0f);
    end_ = end;
  }

 private:
  float* dx_;
  ptrdiff_t end_ = 0;
};

/// Returns whether each input of an axis is in at most one window.
bool areDisjoint(const Axis& axis) { return axis.out == 1 || int64_t{axis.taps - 1} * axis.dilation < axis.stride; }

/// Returns whether each input of an axis is in a window.
bool areCovered(const Axis& axis) {
  const int64_t end = int64_t{axis.out - 1} * axis.stride - axis.padBefore + axis.taps;
  return axis.dilation == 1 && axis.taps >= axis.stride && end >= axis.in;
}

/// Computes dx from the windows that contain each input. add(window, offset in dy, put) calls put(vector, offset in dx,
/// term). `put` adds the term. If no windows overlap, it stores the term, which is faster.
template <class Add>
DEPTHWISE_INLINE void sumOverWindows(const PoolGeometry& g, float* dx, Add&& add) {
  const ptrdiff_t size = ptrdiff_t{g.batch} * g.height.in * g.width.in * g.channels;
  const bool disjoint = areDisjoint(g.height) && areDisjoint(g.width);
  ZeroedRows zeroed(dx);
  if (disjoint) {
    const bool covered = areCovered(g.height) && areCovered(g.width);
    forEachWindow(
        g,
        [&](ptrdiff_t end) {
          if (!covered) zeroed.until(end);
        },
        [&](const auto& window, ptrdiff_t output) {
          add(window, output, [&](auto vector, ptrdiff_t offset, f32x4 term) { vector.store(dx + offset, term); });
        });
    if (!covered) zeroed.until(size);
    return;
  }
  forEachWindow(
      g, [&](ptrdiff_t end) { zeroed.until(end); },
      [&](const auto& window, ptrdiff_t output) {
        add(window, output, [&](auto vector, ptrdiff_t offset, f32x4 term) {
          vector.store(dx + offset, depthwise::add(vector.load(dx + offset), term));
        });
      });
  zeroed.until(size);
}

/// Returns the maxima of a window for four channels. x points to the first of the channels.
template <class Vector, class Window>
DEPTHWISE_INLINE f32x4 maxOf(Vector vector, const float* x, const Window& window) {
  f32x4 best = vector.load(x + window.first);
  window.forEachInput([&](ptrdiff_t offset) { best = max(best, vector.load(x + offset)); });
  // `best` stays a NaN only if the first input is one.
  if (isAnyTrue(isNaN(best))) [[unlikely]] {
    window.forEachInput([&](ptrdiff_t offset) {
      const f32x4 value = vector.load(x + offset);
      best = max(ifThenElse(isNaN(best), value, best), value);
    });
  }
  return best;
}

/// Calls visit(offset, values at the maximum) for all inputs of a window: `value` for the first input that equals the
/// maximum, 0 for the other inputs.
template <class Vector, class Window, class Visit>
DEPTHWISE_INLINE void forEachAtMax(Vector vector, const float* x, const Window& window, f32x4 value, Visit&& visit) {
  const f32x4 best = maxOf(vector, x, window);
  window.forEachInput([&](ptrdiff_t offset) {
    const m32x4 isMax = equal(vector.load(x + offset), best);
    visit(offset, ifThenElseZero(isMax, value));
    value = ifThenZeroElse(isMax, value);
  });
}

/// A sum of any number of terms: blocks of 32 terms are added to blocks of 1024, which are added to the sum.
class BlockSum {
 public:
  DEPTHWISE_INLINE void add(f32x4 term) {
    terms_ = depthwise::add(terms_, term);
    if (++count_ % kBlock != 0) return;
    blocks_ = depthwise::add(blocks_, terms_);
    terms_ = splat(0);
    if (count_ % (kBlock * kBlock) != 0) return;
    sum_ = depthwise::add(sum_, blocks_);
    blocks_ = splat(0);
  }
  f32x4 sum() const { return depthwise::add(sum_, depthwise::add(blocks_, terms_)); }

  static constexpr unsigned kBlock = 32;

 private:
  unsigned count_ = 0;
  f32x4 terms_ = splat(0), blocks_ = splat(0), sum_ = splat(0);
};

template <class Vector, class Window>
DEPTHWISE_INLINE f32x4 sumOf(Vector vector, const float* x, const Window& window) {
  if (window.inputCount() > float(BlockSum::kBlock)) {
    BlockSum sum;
    window.forEachInput([&](ptrdiff_t offset) { sum.add(vector.load(x + offset)); });
    return sum.sum();
  }
  f32x4 sum = splat(0);
  window.forEachInput([&](ptrdiff_t offset) { sum = add(sum, vector.load(x + offset)); });
  return sum;
}

/// Computes one value for each output: valueOf(vector, channel, window), or `empty` for a window without inputs.
template <class ValueOf>
DEPTHWISE_INLINE void computeOutputs(const PoolGeometry& g, float* y, float empty, ValueOf&& valueOf) {
  forEachWindow(
      g, [](ptrdiff_t) {},
      [&](const auto& window, ptrdiff_t output) {
        if (window.isEmpty()) {
          std::fill_n(y + output, g.channels, empty);
          return;
        }
        forEachVector(g.channels, [&](auto vector, ptrdiff_t channel) {
          vector.store(y + output + channel, valueOf(vector, channel, window));
        });
      });
}

}  // namespace

void maxPool(const PoolGeometry& g, const float* x, float* y) {
  computeOutputs(
      g, y, -std::numeric_limits<float>::infinity(),
      [&](auto vector, ptrdiff_t channel, const auto& window) { return maxOf(vector, x + channel, window); });
}

void maxPoolGradient(const PoolGeometry& g, const float* x, const float* dy, float* dx) {
  sumOverWindows(g, dx, [&](const auto& window, ptrdiff_t output, const auto& put) {
    if (window.isEmpty()) return;
    forEachVector(g.channels, [&](auto vector, ptrdiff_t channel) {
      forEachAtMax(vector, x + channel, window, vector.load(dy + output + channel),
                   [&](ptrdiff_t offset, f32x4 term) { put(vector, offset + channel, term); });
    });
  });
}

void maxPoolGradientGradient(const PoolGeometry& g, const float* x, const float* ddx, float* ddy) {
  computeOutputs(g, ddy, 0, [&](auto vector, ptrdiff_t channel, const auto& window) {
    const f32x4 best = maxOf(vector, x + channel, window);
    f32x4 value = splat(0);
    // From the last input to the first, so that the first maximum remains.
    window.forEachInputReversed([&](ptrdiff_t offset) {
      value = ifThenElse(equal(vector.load(x + channel + offset), best), vector.load(ddx + channel + offset), value);
    });
    return value;
  });
}

void averagePool(const PoolGeometry& g, const float* x, float* y) {
  computeOutputs(g, y, 0, [&](auto vector, ptrdiff_t channel, const auto& window) {
    return divide(sumOf(vector, x + channel, window), splat(window.inputCount()));
  });
}

void averagePoolGradient(const PoolGeometry& g, const float* dy, float* dx) {
  sumOverWindows(g, dx, [&](const auto& window, ptrdiff_t output, const auto& put) {
    if (window.isEmpty()) return;
    forEachVector(g.channels, [&](auto vector, ptrdiff_t channel) {
      const f32x4 term = divide(vector.load(dy + output + channel), splat(window.inputCount()));
      window.forEachInput([&](ptrdiff_t offset) { put(vector, offset + channel, term); });
    });
  });
}

}  // namespace depthwise
