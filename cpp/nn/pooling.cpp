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

/// Computes a run. `kernel` points to one of the kernels below, which has a function `compute`.
using RunFunction = void (*)(const void* kernel, const Run&);

/// Computes the full vectors of a run. The kernel is copied, so that its pointers stay in registers.
template <class Kernel, class Rows, class Columns>
void computeVectors(const void* shared, const Run& run) {
  const Kernel kernel = *static_cast<const Kernel*>(shared);
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
void computeRest(const void* kernel, const Run& run) {
  const ptrdiff_t channel = run.channels / 4 * 4;
  const PartialVector vector{int(run.channels - channel)};
  Window<int, int> window{run.first, run.rowStep, run.columnStep, run.rows, run.columns};
  ptrdiff_t output = run.output + channel;
  for (int i = 0; i < run.outputs; ++i, window.first += run.windowStep, output += run.channels) {
    static_cast<const Kernel*>(kernel)->template compute<1>(vector, window, channel, output);
  }
}

/// A number of rows or columns that is known at compile time.
template <int Count>
struct Fixed : std::integral_constant<int, Count> {
  explicit Fixed(int) {}
};

/// The functions of a kernel, by the size of the windows. They are called by pointer, because wasm-opt would inline
/// them into one function, in which V8 runs out of registers.
struct RunFunctions {
  RunFunction twoByTwo, threeByThree, anySize, rest;

  template <class Kernel>
  static constexpr RunFunctions of() {
    return {computeVectors<Kernel, Fixed<2>, Fixed<2>>, computeVectors<Kernel, Fixed<3>, Fixed<3>>,
            computeVectors<Kernel, int, int>, computeRest<Kernel>};
  }

  void compute(const void* kernel, const Run& run) const {
    const int size = run.rows == run.columns ? run.rows : 0;
    (size == 2 ? twoByTwo : size == 3 ? threeByThree : anySize)(kernel, run);
    if (run.channels % 4 != 0) rest(kernel, run);
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
void computeWindows(const PoolGeometry& g, const RunFunctions& functions, const void* kernel, RowsToZero* rowsToZero) {
  const ptrdiff_t channels = g.channels, rowSize = channels * g.width.in;
  const int64_t endOfUnclippedColumns = endOfUnclipped(g.width);
  Run run{.first = 0,
          .output = 0,
          .rowStep = 0,
          .columnStep = 0,
          .windowStep = 0,
          .channels = channels,
          .outputs = 1,
          .rows = 0,
          .columns = 0};
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
        functions.compute(kernel, run);
        run.output += run.outputs * channels;
      }
    }
  }
  if (rowsToZero) rowsToZero->until(image);
}

template <class Kernel>
void computeWindows(const PoolGeometry& g, const Kernel& kernel, RowsToZero* rowsToZero = nullptr) {
  static constexpr RunFunctions kFunctions = RunFunctions::of<Kernel>();
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

/// dx of windows that do not overlap: a term is stored.
struct StoredTerms {
  float* dx;

  template <class Vector>
  DEPTHWISE_INLINE void put(Vector vector, ptrdiff_t offset, f32x4 term) const {
    vector.store(dx + offset, term);
  }
};

/// dx of any windows: a term is added.
struct AddedTerms {
  float* dx;

  template <class Vector>
  DEPTHWISE_INLINE void put(Vector vector, ptrdiff_t offset, f32x4 term) const {
    vector.store(dx + offset, add(vector.load(dx + offset), term));
  }
};

template <class Terms>
struct MaxGradientKernel {
  static constexpr int kVectors = 1;

  const float *x, *dy;
  Terms dx;

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

template <class Terms>
struct AverageGradientKernel {
  static constexpr int kVectors = 1;

  const float* dy;
  Terms dx;

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

/// Computes dx by the kernel that makeKernel(StoredTerms or AddedTerms) returns.
template <class MakeKernel>
void computeGradient(const PoolGeometry& g, float* dx, MakeKernel&& makeKernel) {
  RowsToZero rowsToZero(dx);
  if (areDisjoint(g.height) && areDisjoint(g.width)) {
    const bool areAllStored = areCovered(g.height) && areCovered(g.width);
    computeWindows(g, makeKernel(StoredTerms{dx}), areAllStored ? nullptr : &rowsToZero);
  } else {
    computeWindows(g, makeKernel(AddedTerms{dx}), &rowsToZero);
  }
}

}  // namespace

void maxPool(const PoolGeometry& g, const float* x, float* y) { computeWindows(g, MaxKernel{x, y}); }

void maxPoolGradient(const PoolGeometry& g, const float* x, const float* dy, float* dx) {
  computeGradient(g, dx, [&](auto terms) { return MaxGradientKernel<decltype(terms)>{x, dy, terms}; });
}

void maxPoolGradientGradient(const PoolGeometry& g, const float* x, const float* ddx, float* ddy) {
  computeWindows(g, MaxGradientGradientKernel{x, ddx, ddy});
}

void averagePool(const PoolGeometry& g, const float* x, float* y) { computeWindows(g, AverageKernel{x, y}); }

void averagePoolGradient(const PoolGeometry& g, const float* dy, float* dx) {
  computeGradient(g, dx, [&](auto terms) { return AverageGradientKernel<decltype(terms)>{dy, terms}; });
}

}  // namespace depthwise
