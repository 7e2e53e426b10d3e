#include "nn/pooling.h"

#include <algorithm>
#include <array>
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
  const int64_t clippedTaps = start < 0 ? (axis.dilation - 1 - start) / axis.dilation : 0;
  const int64_t first = start + clippedTaps * axis.dilation;
  if (clippedTaps >= axis.taps || first >= axis.in) return {0, 0};
  const int64_t tapsToEnd = (axis.in - 1 - first) / axis.dilation + 1;
  return {int(first), int(std::min(axis.taps - clippedTaps, tapsToEnd))};
}

/// Returns the end of the outputs whose windows do not reach past the last input.
int64_t endOfUnclipped(const Axis& axis) {
  const int64_t space = int64_t{axis.in} + axis.padBefore - 1 - int64_t{axis.taps - 1} * axis.dilation;
  return space < 0 ? 0 : std::min<int64_t>(axis.out, space / axis.stride + 1);
}

/// The inputs of a window, as offsets in the tensor. A size is an int, or an integral_constant: then loops are
/// unrolled.
template <class Rows, class Columns>
struct Window {
  static constexpr bool kIsFixed = !std::is_same_v<Rows, int>;
  static constexpr int kMaxInputs = 9;  ///< of a fixed size

  ptrdiff_t first, rowStep, columnStep;
  Rows rows;
  Columns columns;

  bool isEmpty() const { return rows == 0 || columns == 0; }
  float inputCount() const { return float(rows) * float(columns); }

  /// Calls visit(offset) for all inputs, row by row.
  template <class Visit>
  DEPTHWISE_INLINE void forEachInput(Visit&& visit) const {
    if constexpr (kIsFixed) {
      unroll<Rows::value>(
          [&](auto i) { unroll<Columns::value>([&](auto j) { visit(first + i * rowStep + j * columnStep); }); });
    } else {
      for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < columns; ++j) visit(first + i * rowStep + j * columnStep);
      }
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

/// The windows of adjacent outputs of a row, which have the same size.
struct Run {
  ptrdiff_t first;   ///< offset of the first input of the first window
  ptrdiff_t output;  ///< offset of the first output
  ptrdiff_t rowStep, columnStep, windowStep;
  ptrdiff_t channels;
  int outputs, rows, columns;
};

/// Computes the full vectors of a run. Kernels are copied, so that their pointers stay in registers.
template <class Kernel, class Rows, class Columns>
void computeVectors(const Kernel& shared, const Run& run) {
  const Kernel kernel = shared;
  Window<Rows, Columns> window{run.first, run.rowStep, run.columnStep, Rows(run.rows), Columns(run.columns)};
  ptrdiff_t output = run.output;
  for (int i = 0; i < run.outputs; ++i, window.first += run.windowStep, output += run.channels) {
    ptrdiff_t channel = 0;
    if constexpr (!Window<Rows, Columns>::kIsFixed && Kernel::kVectors > 1) {
      constexpr int kVectors = Kernel::kVectors;
      for (; channel + 4 * kVectors <= run.channels; channel += 4 * kVectors) {
        kernel.template compute<kVectors>(FullVector{}, window, channel, output + channel);
      }
    }
    for (; channel + 4 <= run.channels; channel += 4) {
      kernel.template compute<1>(FullVector{}, window, channel, output + channel);
    }
  }
}

/// Computes the channels after the last full vector.
template <class Kernel>
void computeRest(const Kernel& kernel, const Run& run) {
  const ptrdiff_t channel = run.channels / 4 * 4;
  const PartialVector vector{int(run.channels - channel)};
  Window<int, int> window{run.first, run.rowStep, run.columnStep, run.rows, run.columns};
  ptrdiff_t output = run.output + channel;
  for (int i = 0; i < run.outputs; ++i, window.first += run.windowStep, output += run.channels) {
    kernel.template compute<1>(vector, window, channel, output);
  }
}

template <int Count>
struct Fixed : std::integral_constant<int, Count> {
  explicit Fixed(int) {}
};

/// The functions are called by pointer, so that wasm-opt does not inline them into one function, in which V8 runs out
/// of registers.
template <class Kernel>
void computeRun(const Kernel& kernel, const Run& run) {
  using Function = void (*)(const Kernel&, const Run&);
  static constexpr Function kFunctions[] = {computeVectors<Kernel, Fixed<2>, Fixed<2>>,
                                            computeVectors<Kernel, Fixed<3>, Fixed<3>>,
                                            computeVectors<Kernel, int, int>, computeRest<Kernel>};
  const int size = run.rows == run.columns ? run.rows : 0;
  kFunctions[size == 2 ? 0 : size == 3 ? 1 : 2](kernel, run);
  if (run.channels % 4 != 0) kFunctions[3](kernel, run);
}

/// Calls kernel.compute(vector, window, channel, offset in y) for all outputs and vectors of channels. Before, calls
/// kernel.beginRow(end) for each row of outputs: the offset of the end of the last row that the windows contain.
template <class Kernel>
void computeWindows(const PoolGeometry& g, Kernel& kernel) {
  const ptrdiff_t channels = g.channels, rowSize = channels * g.width.in;
  const int64_t endOfUnclippedColumns = endOfUnclipped(g.width);
  Run run{.first = 0,
          .output = 0,
          .rowStep = g.height.dilation * rowSize,
          .columnStep = g.width.dilation * channels,
          .windowStep = g.width.stride * channels,
          .channels = channels,
          .outputs = 1,
          .rows = 0,
          .columns = 0};
  ptrdiff_t image = 0;
  for (int n = 0; n < g.batch; ++n, image += g.height.in * rowSize) {
    for (int row = 0; row < g.height.out; ++row) {
      const ClippedWindow rows = clipWindow(g.height, row);
      const ptrdiff_t firstRow = image + rows.first * rowSize;
      kernel.beginRow(rows.count == 0 ? image : firstRow + (rows.count - 1) * run.rowStep + rowSize);
      run.rows = rows.count;
      for (int column = 0; column < g.width.out; column += run.outputs) {
        const ClippedWindow columns = clipWindow(g.width, column);
        const bool isClipped = columns.count < g.width.taps;
        run.first = firstRow + columns.first * channels;
        run.columns = columns.count;
        run.outputs = isClipped ? 1 : int(endOfUnclippedColumns - column);
        computeRun(kernel, run);
        run.output += run.outputs * channels;
      }
    }
  }
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

/// The inputs of a window. Those of a fixed size are loaded once, into registers.
template <int Count, class Vector, class Window>
class Inputs {
 public:
  /// x points to the first of the channels.
  DEPTHWISE_INLINE Inputs(Vector vector, const float* x, const Window& window)
      : vector_(vector), x_(x), window_(window) {
    if constexpr (Window::kIsFixed) {
      int input = 0;
      window.forEachInput([&](ptrdiff_t offset) { loaded_[input++] = load(offset); });
    }
  }

  /// Calls visit(offset, vectors) for all inputs, row by row.
  template <class Visit>
  DEPTHWISE_INLINE void forEach(Visit&& visit) const {
    if constexpr (Window::kIsFixed) {
      int input = 0;
      window_.forEachInput([&](ptrdiff_t offset) { visit(offset, loaded_[input++]); });
    } else {
      window_.forEachInput([&](ptrdiff_t offset) { visit(offset, load(offset)); });
    }
  }

  /// Returns the maxima. The window must contain an input.
  DEPTHWISE_INLINE Vectors<Count> max() const {
    Vectors<Count> best = load(window_.first);
    forEach([&](ptrdiff_t, const Vectors<Count>& input) {
      unroll<Count>([&](auto i) { best[i] = depthwise::max(best[i], input[i]); });
    });
    // `best` stays a NaN only if the first input is one.
    m32x4 areNaN = isNaN(best[0]);
    unroll<Count - 1>([&](auto i) { areNaN = either(areNaN, isNaN(best[i + 1])); });
    if (isAnyTrue(areNaN)) [[unlikely]] {
      forEach([&](ptrdiff_t, const Vectors<Count>& input) {
        unroll<Count>(
            [&](auto i) { best[i] = depthwise::max(ifThenElse(isNaN(best[i]), input[i], best[i]), input[i]); });
      });
    }
    return best;
  }

 private:
  DEPTHWISE_INLINE Vectors<Count> load(ptrdiff_t offset) const {
    return makeVectors<Count>([&](auto i) { return vector_.load(x_ + offset + 4 * i); });
  }

  Vector vector_;
  const float* x_;
  const Window& window_;
  Vectors<Count> loaded_[Window::kMaxInputs];
};

struct MaxKernel {
  static constexpr int kVectors = 4;

  const float* x;
  float* y;

  void beginRow(ptrdiff_t) {}

  template <int Count, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    auto best = makeVectors<Count>([](auto) { return splat(-std::numeric_limits<float>::infinity()); });
    if (!window.isEmpty()) best = Inputs<Count, Vector, Window>(vector, x + channel, window).max();
    unroll<Count>([&](auto i) { vector.store(y + output + 4 * i, best[i]); });
  }
};

struct MaxGradientGradientKernel {
  static constexpr int kVectors = 1;

  const float *x, *ddx;
  float* ddy;

  void beginRow(ptrdiff_t) {}

  template <int, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    f32x4 value = splat(0);
    if (!window.isEmpty()) {
      const Inputs<1, Vector, Window> inputs(vector, x + channel, window);
      const f32x4 max = inputs.max()[0];
      // From the last input to the first, so that the first maximum remains.
      window.forEachInputReversed([&](ptrdiff_t offset) {
        const f32x4 input = vector.load(x + channel + offset);
        value = ifThenElse(equal(input, max), vector.load(ddx + channel + offset), value);
      });
    }
    vector.store(ddy + output, value);
  }
};

/// Sums of any number of terms: blocks of 32 terms are added to blocks of 1024, which are added to the sums.
template <int Count>
class BlockSums {
 public:
  static constexpr unsigned kBlock = 32;

  DEPTHWISE_INLINE void add(const Vectors<Count>& terms) {
    addTo(terms_, terms);
    if (++count_ % kBlock != 0) return;
    addTo(blocks_, terms_);
    terms_ = {};
    if (count_ % (kBlock * kBlock) != 0) return;
    addTo(sums_, blocks_);
    blocks_ = {};
  }
  Vectors<Count> sums() {
    addTo(blocks_, terms_);
    addTo(sums_, blocks_);
    return sums_;
  }

  static DEPTHWISE_INLINE void addTo(Vectors<Count>& sums, const Vectors<Count>& terms) {
    unroll<Count>([&](auto i) { sums[i] = depthwise::add(sums[i], terms[i]); });
  }

 private:
  unsigned count_ = 0;
  Vectors<Count> terms_{}, blocks_{}, sums_{};
};

struct AverageKernel {
  static constexpr int kVectors = 4;

  const float* x;
  float* y;

  void beginRow(ptrdiff_t) {}

  template <int Count, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    using Sums = BlockSums<Count>;
    Vectors<Count> sums{};
    const Inputs<Count, Vector, Window> inputs(vector, x + channel, window);
    if (window.inputCount() <= float(Sums::kBlock)) {
      inputs.forEach([&](ptrdiff_t, const Vectors<Count>& input) { Sums::addTo(sums, input); });
    } else {
      Sums blocks;
      inputs.forEach([&](ptrdiff_t, const Vectors<Count>& input) { blocks.add(input); });
      sums = blocks.sums();
    }
    const f32x4 count = splat(std::max(window.inputCount(), 1.0f));  // the mean of no inputs is 0
    unroll<Count>([&](auto i) { vector.store(y + output + 4 * i, divide(sums[i], count)); });
  }
};

/// dx of a gradient. If no windows overlap, a term is stored. Otherwise it is added: rows are zeroed shortly before
/// windows add to them, so that they are still in the L1 cache then.
template <bool kOverlap>
class InputGradient {
 public:
  explicit InputGradient(float* dx) : dx_(dx) {}

  void zeroUntil(ptrdiff_t end) {
    if (end <= end_) return;
    std::fill(dx_ + end_, dx_ + end, 0.0f);
    end_ = end;
  }

  template <class Vector>
  DEPTHWISE_INLINE void put(Vector vector, ptrdiff_t offset, f32x4 term) const {
    vector.store(dx_ + offset, kOverlap ? add(vector.load(dx_ + offset), term) : term);
  }

 private:
  float* dx_;
  ptrdiff_t end_ = 0;
};

template <class Dx>
struct MaxGradientKernel {
  static constexpr int kVectors = 1;

  const float *x, *dy;
  Dx dx;
  bool zeroes;

  void beginRow(ptrdiff_t end) {
    if (zeroes) dx.zeroUntil(end);
  }

  template <int, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    if (window.isEmpty()) return;
    f32x4 value = vector.load(dy + output);
    const Inputs<1, Vector, Window> inputs(vector, x + channel, window);
    const f32x4 max = inputs.max()[0];
    inputs.forEach([&](ptrdiff_t offset, const Vectors<1>& input) {
      const m32x4 isMax = equal(input[0], max);
      dx.put(vector, channel + offset, ifThenElseZero(isMax, value));
      value = ifThenZeroElse(isMax, value);
    });
  }
};

template <class Dx>
struct AverageGradientKernel {
  static constexpr int kVectors = 1;

  const float* dy;
  Dx dx;
  bool zeroes;

  void beginRow(ptrdiff_t end) {
    if (zeroes) dx.zeroUntil(end);
  }

  template <int, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    if (window.isEmpty()) return;
    const f32x4 term = divide(vector.load(dy + output), splat(window.inputCount()));
    window.forEachInput([&](ptrdiff_t offset) { dx.put(vector, channel + offset, term); });
  }
};

/// Returns whether each input of an axis is in at most one window.
bool areDisjoint(const Axis& axis) { return axis.out == 1 || int64_t{axis.taps - 1} * axis.dilation < axis.stride; }

/// Returns whether each input of an axis is in a window.
bool areCovered(const Axis& axis) {
  const int64_t end = int64_t{axis.out - 1} * axis.stride - axis.padBefore + axis.taps;
  return axis.dilation == 1 && axis.taps >= axis.stride && end >= axis.in;
}

/// Computes dx by the kernel that makeKernel(dx, whether dx has to be zeroed) returns.
template <class MakeKernel>
void computeGradient(const PoolGeometry& g, float* dx, MakeKernel&& makeKernel) {
  const auto run = [&](auto kernel) {
    computeWindows(g, kernel);
    kernel.beginRow(ptrdiff_t(elementCount(g.xShape())));
  };
  if (areDisjoint(g.height) && areDisjoint(g.width)) {
    run(makeKernel(InputGradient<false>(dx), !areCovered(g.height) || !areCovered(g.width)));
  } else {
    run(makeKernel(InputGradient<true>(dx), true));
  }
}

}  // namespace

void maxPool(const PoolGeometry& g, const float* x, float* y) {
  MaxKernel kernel{x, y};
  computeWindows(g, kernel);
}

void maxPoolGradient(const PoolGeometry& g, const float* x, const float* dy, float* dx) {
  computeGradient(g, dx, [&](auto gradient, bool zeroes) {
    return MaxGradientKernel<decltype(gradient)>{x, dy, gradient, zeroes};
  });
}

void maxPoolGradientGradient(const PoolGeometry& g, const float* x, const float* ddx, float* ddy) {
  MaxGradientGradientKernel kernel{x, ddx, ddy};
  computeWindows(g, kernel);
}

void averagePool(const PoolGeometry& g, const float* x, float* y) {
  AverageKernel kernel{x, y};
  computeWindows(g, kernel);
}

void averagePoolGradient(const PoolGeometry& g, const float* dy, float* dx) {
  computeGradient(g, dx, [&](auto gradient, bool zeroes) {
    return AverageGradientKernel<decltype(gradient)>{dy, gradient, zeroes};
  });
}

}  // namespace depthwise
