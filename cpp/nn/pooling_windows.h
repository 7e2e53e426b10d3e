#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include "depthwise/geometry.h"
#include "nn/channel_rows.h"

/// Loops over the windows of a pooling, and the maxima of a window. A kernel in pooling.cpp or pooling_gradient.cpp
/// computes one window. Its function `compute` computes some channels of a small window, with the results in registers.
/// Its function `computeLarge` computes up to 256 channels of a large window, with the results in an array, and visits
/// all channels of an input before the next input: in the other order, the gradients of a window over 7×7 pixels with
/// 1024 channels take ten times as long, because its inputs are 4 KB apart and share a set of the L1 cache.
namespace depthwise::pooling {

/// The inputs of an axis that a window contains: first + i·dilation for i < count.
struct ClippedWindow {
  int first;
  int count;
};

inline ClippedWindow clipWindow(const Axis& axis, int out) {
  const int64_t start = int64_t{out} * axis.stride - axis.padBefore;
  const int64_t clippedTaps = start < 0 ? (axis.dilation - 1 - start) / axis.dilation : 0;
  const int64_t first = start + clippedTaps * axis.dilation;
  if (clippedTaps >= axis.taps || first >= axis.in) return {0, 0};
  const int64_t tapsToEnd = (axis.in - 1 - first) / axis.dilation + 1;
  return {int(first), int(std::min(axis.taps - clippedTaps, tapsToEnd))};
}

/// Returns the end of the outputs whose windows do not reach past the last input.
inline int64_t endOfUnclipped(const Axis& axis) {
  const int64_t space = int64_t{axis.in} + axis.padBefore - 1 - int64_t{axis.taps - 1} * axis.dilation;
  return space < 0 ? 0 : std::min<int64_t>(axis.out, space / axis.stride + 1);
}

/// The windows of adjacent outputs of a row, which have the same size.
struct Run {
  ptrdiff_t first;   ///< offset of the first input of the first window
  ptrdiff_t output;  ///< offset of the first output
  ptrdiff_t rowStep, columnStep, windowStep;
  ptrdiff_t channels;
  int outputs, rows, columns;
  bool isPadded;  ///< whether a full vector is readable at each channel of the inputs and outputs
};

/// A window of Size × Size inputs. All three kinds of windows visit inputs by their offsets in the tensor.
template <int Size>
class FixedWindow {
 public:
  static constexpr int kInputs = Size * Size;

  explicit FixedWindow(const Run& run) : first_(run.first), rowStep_(run.rowStep), columnStep_(run.columnStep) {}

  float inputCount() const { return kInputs; }
  void moveBy(ptrdiff_t step) { first_ += step; }

  /// Calls visit(offset) for all inputs, row by row.
  template <class Visit>
  DEPTHWISE_INLINE void forEachInput(Visit&& visit) const {
    unroll<kInputs>([&](auto i) { visit(first_ + i / Size * rowStep_ + i % Size * columnStep_); });
  }
  /// Calls visit(offset) for all inputs, from the last to the first.
  template <class Visit>
  DEPTHWISE_INLINE void forEachInputReversed(Visit&& visit) const {
    unroll<kInputs>([&](auto i) {
      constexpr int kInput = kInputs - 1 - i;
      visit(first_ + kInput / Size * rowStep_ + kInput % Size * columnStep_);
    });
  }

 private:
  ptrdiff_t first_, rowStep_, columnStep_;
};

/// A window of up to 32 inputs, in any number of rows and columns. The inputs are in a list: with a loop over rows and
/// one over columns, the processor predicts the end of a row wrong, and 5×5 windows with 4 channels take 1.3 times as
/// long.
class SmallWindow {
 public:
  static constexpr int kMaxInputs = 32;

  explicit SmallWindow(const Run& run) : first_(run.first), inputs_(run.rows * run.columns) {
    ptrdiff_t* step = steps_;
    for (int i = 0; i < run.rows; ++i) {
      for (int j = 0; j < run.columns; ++j) *step++ = i * run.rowStep + j * run.columnStep;
    }
  }

  float inputCount() const { return float(inputs_); }
  void moveBy(ptrdiff_t step) { first_ += step; }

  template <class Visit>
  DEPTHWISE_INLINE void forEachInput(Visit&& visit) const {
    for (int i = 0; i < inputs_; ++i) visit(first_ + steps_[i]);
  }
  template <class Visit>
  DEPTHWISE_INLINE void forEachInputReversed(Visit&& visit) const {
    for (int i = inputs_ - 1; i >= 0; --i) visit(first_ + steps_[i]);
  }

 private:
  ptrdiff_t first_;
  int inputs_;
  ptrdiff_t steps_[kMaxInputs];  ///< from the first input
};

/// A window of any size.
class LargeWindow {
 public:
  explicit LargeWindow(const Run& run)
      : first_(run.first), rowStep_(run.rowStep), columnStep_(run.columnStep), rows_(run.rows), columns_(run.columns) {}

  float inputCount() const { return float(rows_) * float(columns_); }
  void moveBy(ptrdiff_t step) { first_ += step; }

  template <class Visit>
  DEPTHWISE_INLINE void forEachInput(Visit&& visit) const {
    for (int i = 0; i < rows_; ++i) {
      for (int j = 0; j < columns_; ++j) visit(first_ + i * rowStep_ + j * columnStep_);
    }
  }
  template <class Visit>
  DEPTHWISE_INLINE void forEachInputReversed(Visit&& visit) const {
    for (int i = rows_ - 1; i >= 0; --i) {
      for (int j = columns_ - 1; j >= 0; --j) visit(first_ + i * rowStep_ + j * columnStep_);
    }
  }

  /// Calls visit(offsets) for all inputs, up to four of a row at a time, so that a result is loaded and stored less
  /// often. The argument is a std::array.
  template <class Visit>
  DEPTHWISE_INLINE void forEachFour(Visit&& visit) const {
    for (int i = 0; i < rows_; ++i) {
      ptrdiff_t first = first_ + i * rowStep_;
      int rest = columns_;
      for (; rest >= 4; rest -= 4, first += 4 * columnStep_) visit(offsetsOf<4>(first));
      if (rest == 1) visit(offsetsOf<1>(first));
      if (rest == 2) visit(offsetsOf<2>(first));
      if (rest == 3) visit(offsetsOf<3>(first));
    }
  }

 private:
  template <int Count>
  DEPTHWISE_INLINE std::array<ptrdiff_t, Count> offsetsOf(ptrdiff_t first) const {
    std::array<ptrdiff_t, Count> offsets;
    unroll<Count>([&](auto i) { offsets[i] = first + i * columnStep_; });
    return offsets;
  }

  ptrdiff_t first_, rowStep_, columnStep_;
  int rows_, columns_;
};

/// Loads four floats and stores `count`, fewer than four. Inside a tensor, this replaces PartialVector: 2×2 and 3×3
/// windows with 1 to 3 channels take half the time.
struct PaddedVector {
  int count;

  DEPTHWISE_INLINE f32x4 load(const float* from) const { return depthwise::load(from); }
  DEPTHWISE_INLINE void store(float* to, f32x4 value) const { storeN(to, value, count); }
};

/// Computes a run. `kernel` points to a kernel.
using RunFunction = void (*)(const void* kernel, const Run&);

/// Calls compute(window, offset of the output) for all windows of a run.
template <class Window, class Compute>
DEPTHWISE_INLINE void forEachWindow(const Run& run, Compute&& compute) {
  Window window(run);
  ptrdiff_t output = run.output;
  for (int i = 0; i < run.outputs; ++i, window.moveBy(run.windowStep), output += run.channels) compute(window, output);
}

/// Computes the full vectors of small windows: a wide kernel computes up to four at a time if the size of the windows
/// is not fixed. The kernel is copied, so that its pointers stay in registers.
template <class Kernel, class Window>
void computeVectors(const void* shared, const Run& run) {
  const Kernel kernel = *static_cast<const Kernel*>(shared);
  forEachWindow<Window>(run, [&](const Window& window, ptrdiff_t output) {
    const auto compute = [&](auto vectors, ptrdiff_t channel) {
      kernel.template compute<vectors>(FullVector{}, window, channel, output + channel);
    };
    ptrdiff_t channel = 0;
    if constexpr (Kernel::kIsWide && std::is_same_v<Window, SmallWindow>) {
      for (; channel + 16 <= run.channels; channel += 16) compute(std::integral_constant<int, 4>{}, channel);
      const ptrdiff_t vectors = (run.channels - channel) / 4;
      if (vectors == 1) compute(std::integral_constant<int, 1>{}, channel);
      if (vectors == 2) compute(std::integral_constant<int, 2>{}, channel);
      if (vectors == 3) compute(std::integral_constant<int, 3>{}, channel);
    } else {
      for (; channel + 4 <= run.channels; channel += 4) compute(std::integral_constant<int, 1>{}, channel);
    }
  });
}

/// Computes the channels after the last full vector of small windows.
template <class Kernel, class Vector, class Window>
void computeRest(const void* shared, const Run& run) {
  const Kernel kernel = *static_cast<const Kernel*>(shared);
  const ptrdiff_t channel = run.channels / 4 * 4;
  const Vector vector{int(run.channels - channel)};
  forEachWindow<Window>(run, [&](const Window& window, ptrdiff_t output) {
    kernel.template compute<1>(vector, window, channel, output + channel);
  });
}

/// The maximum number of vectors that a kernel computes at a time for a large window.
constexpr int kMaxLarge = 64;

/// Computes all channels of large windows.
template <class Kernel>
void computeLarge(const void* shared, const Run& run) {
  const Kernel kernel = *static_cast<const Kernel*>(shared);
  forEachWindow<LargeWindow>(run, [&](const LargeWindow& window, ptrdiff_t output) {
    ptrdiff_t channel = 0;
    while (channel + 4 <= run.channels) {
      const int vectors = int(std::min<ptrdiff_t>((run.channels - channel) / 4, kMaxLarge));
      kernel.computeLarge(FullVector{}, window, channel, vectors, output + channel);
      channel += 4 * vectors;
    }
    const int rest = int(run.channels - channel);
    if (rest > 0) kernel.computeLarge(PartialVector{rest}, window, channel, 1, output + channel);
  });
}

/// The functions of a kernel for small windows of one kind.
struct RunFunctions {
  RunFunction vectors, paddedRest, rest;

  template <class Kernel, class Window>
  static constexpr RunFunctions of() {
    // Without special code for 2×2 and 3×3, gradients of 3 channels take 1.5 to 2 times as long, and are 2.4 KB
    // smaller.
    using RestWindow = std::conditional_t<Kernel::kIsWide, Window, SmallWindow>;
    return {computeVectors<Kernel, Window>, computeRest<Kernel, PaddedVector, RestWindow>,
            computeRest<Kernel, PartialVector, SmallWindow>};
  }

  void compute(const void* kernel, const Run& run) const {
    if (run.channels >= 4) vectors(kernel, run);
    if (run.channels % 4 != 0) (run.isPadded ? paddedRest : rest)(kernel, run);
  }
};

/// All functions of a kernel. They are called by pointer, because wasm-opt would inline them into one function, in
/// which V8 runs out of registers.
struct KernelFunctions {
  RunFunctions twoByTwo, threeByThree, small;
  RunFunction large;

  template <class Kernel>
  static constexpr KernelFunctions of() {
    return {RunFunctions::of<Kernel, FixedWindow<2>>(), RunFunctions::of<Kernel, FixedWindow<3>>(),
            RunFunctions::of<Kernel, SmallWindow>(), computeLarge<Kernel>};
  }

  void compute(const void* kernel, const Run& run) const {
    if (int64_t{run.rows} * run.columns > SmallWindow::kMaxInputs) return large(kernel, run);
    const int size = run.rows == run.columns ? run.rows : 0;
    (size == 2 ? twoByTwo : size == 3 ? threeByThree : small).compute(kernel, run);
  }
};

/// Zeroes dx row by row, shortly before windows add to a row, so that the row is still in the L1 cache then.
class RowsToZero {
 public:
  explicit RowsToZero(float* dx) : dx_(dx) {}
  void until(ptrdiff_t end) {
    if (end <= end_) return;
    std::fill(dx_ + end_, dx_ + end, 0.0f);
    end_ = end;
  }

 private:
  float* dx_;
  ptrdiff_t end_ = 0;
};

/// Computes all outputs, in runs. `rowsToZero` is null if there is nothing to zero.
inline void computeWindows(const PoolGeometry& g, const KernelFunctions& functions, const void* kernel,
                           RowsToZero* rowsToZero) {
  const ptrdiff_t channels = g.channels, rowSize = channels * g.width.in;
  const int64_t inputs = int64_t{g.batch} * g.height.in * rowSize;
  const int64_t outputs = int64_t{g.batch} * g.height.out * g.width.out * channels;
  const int64_t endOfUnclippedColumns = endOfUnclipped(g.width);
  Run run{.first = 0,
          .output = 0,
          .rowStep = 0,
          .columnStep = 0,
          .windowStep = 0,
          .channels = channels,
          .outputs = 1,
          .rows = 0,
          .columns = 0,
          .isPadded = false};
  ptrdiff_t image = 0;
  for (int n = 0; n < g.batch; ++n, image += g.height.in * rowSize) {
    for (int row = 0; row < g.height.out; ++row) {
      const ClippedWindow rows = clipWindow(g.height, row);
      const ptrdiff_t firstRow = image + rows.first * rowSize;
      run.rowStep = rows.count > 1 ? g.height.dilation * rowSize : 0;  // only then it is certain to fit
      if (rowsToZero && rows.count > 0) rowsToZero->until(firstRow + (rows.count - 1) * run.rowStep + rowSize);
      run.rows = rows.count;
      for (int column = 0; column < g.width.out; column += run.outputs) {
        const ClippedWindow columns = clipWindow(g.width, column);
        const bool isClipped = columns.count < g.width.taps;
        run.first = firstRow + columns.first * channels;
        run.columns = columns.count;
        run.outputs = isClipped ? 1 : int(endOfUnclippedColumns - column);
        run.columnStep = run.columns > 1 ? g.width.dilation * channels : 0;
        run.windowStep = run.outputs > 1 ? g.width.stride * channels : 0;
        const ptrdiff_t lastInput = run.first + (run.rows - 1) * run.rowStep + (run.columns - 1) * run.columnStep +
                                    (run.outputs - 1) * run.windowStep;
        const ptrdiff_t lastOutput = run.output + (run.outputs - 1) * channels;
        run.isPadded = lastInput + channels + 3 <= inputs && lastOutput + channels + 3 <= outputs;
        functions.compute(kernel, run);
        run.output += run.outputs * channels;
      }
    }
  }
  if (rowsToZero) rowsToZero->until(image);
}

template <class Kernel>
void computeWindows(const PoolGeometry& g, const Kernel& kernel, RowsToZero* rowsToZero = nullptr) {
  static constexpr KernelFunctions kFunctions = KernelFunctions::of<Kernel>();
  computeWindows(g, kFunctions, &kernel, rowsToZero);
}

/// `Count` vectors of adjacent channels.
template <int Count>
using Vectors = std::array<f32x4, Count>;

/// Returns body(0), body(1), …
template <int Count, class Body>
DEPTHWISE_INLINE Vectors<Count> makeVectors(Body&& body) {
  Vectors<Count> result;
  unroll<Count>([&](auto i) { result[i] = body(i); });
  return result;
}

/// Calls visit(offset, vectors) for all inputs of a small window, row by row. x points to the first of the channels.
template <int Count, class Vector, class Window, class Visit>
DEPTHWISE_INLINE void forEachVectors(Vector vector, const Window& window, const float* x, Visit&& visit) {
  window.forEachInput([&](ptrdiff_t offset) {
    visit(offset, makeVectors<Count>([&](auto i) { return vector.load(x + offset + 4 * i); }));
  });
}

/// Returns the maxima of the inputs of a small window that are not NaN; -∞ if there are none.
template <int Count, class Vector, class Window>
DEPTHWISE_INLINE Vectors<Count> maxOf(Vector vector, const Window& window, const float* x) {
  auto best = makeVectors<Count>([](auto) { return splat(-std::numeric_limits<float>::infinity()); });
  forEachVectors<Count>(vector, window, x, [&](ptrdiff_t, const Vectors<Count>& input) {
    unroll<Count>([&](auto i) { best[i] = max(best[i], input[i]); });
  });
  return best;
}

/// Computes the maxima of a large window for `vectors` vectors of channels. x points to the first of the channels. Not
/// inlined: the copies in the kernels take 1 KB of the wasm, gzipped.
template <class Vector>
[[gnu::noinline]] void computeMaxima(Vector vector, const LargeWindow& window, const float* x, int vectors,
                                     f32x4* maxima) {
  std::fill_n(maxima, vectors, splat(-std::numeric_limits<float>::infinity()));
  window.forEachFour([&]<size_t kCount>(const std::array<ptrdiff_t, kCount>& offsets) {
    for (int v = 0; v < vectors; ++v) {
      f32x4 best = maxima[v];
      unroll<kCount>([&](auto i) { best = max(best, vector.load(x + offsets[i] + 4 * v)); });
      maxima[v] = best;
    }
  });
}

}  // namespace depthwise::pooling
