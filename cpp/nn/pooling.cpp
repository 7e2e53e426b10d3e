#include "nn/pooling.h"

#include "nn/pooling_windows.h"

namespace depthwise {
namespace pooling {
namespace {

struct MaxKernel {
  static constexpr bool kIsWide = true;

  const float* x;
  float* y;

  template <int Count, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    const Vectors<Count> best = maxOf<Count>(vector, window, x + channel);
    unroll<Count>([&](auto i) { store(vector, window, channel + 4 * i, output + 4 * i, best[i]); });
  }

  template <class Vector>
  void computeLarge(Vector vector, const LargeWindow& window, ptrdiff_t channel, int vectors, ptrdiff_t output) const {
    f32x4 best[kMaxLarge];
    computeMaxima(vector, window, x + channel, vectors, best);
    for (int v = 0; v < vectors; ++v) store(vector, window, channel + 4 * v, output + 4 * v, best[v]);
  }

 private:
  /// Stores maxima. The maximum of nothing but NaN is a NaN, not -∞.
  template <class Vector, class Window>
  DEPTHWISE_INLINE void store(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output,
                              f32x4 best) const {
    const bool isMinusInfinity = isAnyTrue(equal(best, splat(-std::numeric_limits<float>::infinity())));
    if (isMinusInfinity && window.inputCount() > 0) [[unlikely]] {
      f32x4 number = splat(std::numeric_limits<float>::quiet_NaN());
      window.forEachInput(
          [&](ptrdiff_t offset) { number = ifThenElse(isNaN(number), vector.load(x + channel + offset), number); });
      best = ifThenElse(isNaN(number), number, best);
    }
    vector.store(y + output, best);
  }
};

/// Sums of a large window for `vectors` vectors of channels: blocks of about 32 terms are added to blocks of about
/// 1024, which are added to the sums.
class BlockSums {
 public:
  explicit BlockSums(int vectors) : vectors_(vectors) {
    for (f32x4* const sums : {terms_, blocks_, sums_}) std::fill_n(sums, vectors, f32x4{});
  }

  /// Adds the terms at some offsets. x points to the first of the channels.
  template <size_t kTerms, class Vector>
  DEPTHWISE_INLINE void add(Vector vector, const float* x, const std::array<ptrdiff_t, kTerms>& offsets) {
    for (int v = 0; v < vectors_; ++v) {
      f32x4 sum = vector.load(x + offsets[0] + 4 * v);
      unroll<kTerms - 1>([&](auto i) { sum = depthwise::add(sum, vector.load(x + offsets[i + 1] + 4 * v)); });
      terms_[v] = depthwise::add(terms_[v], sum);
    }
    termCount_ += int{kTerms};
    if (termCount_ + 4 > kBlock) addBlock();
  }

  f32x4 sum(int vector) const { return depthwise::add(sums_[vector], depthwise::add(blocks_[vector], terms_[vector])); }

 private:
  static constexpr int kBlock = 32;

  void addBlock() {
    move(terms_, blocks_);
    termCount_ = 0;
    if (++blockCount_ < kBlock) return;
    move(blocks_, sums_);
    blockCount_ = 0;
  }
  /// Adds `from` to `to` and clears it.
  void move(f32x4* from, f32x4* to) {
    for (int v = 0; v < vectors_; ++v) to[v] = depthwise::add(to[v], from[v]);
    std::fill_n(from, vectors_, f32x4{});
  }

  int vectors_;
  int termCount_ = 0, blockCount_ = 0;
  f32x4 terms_[kMaxLarge], blocks_[kMaxLarge], sums_[kMaxLarge];
};

struct AverageKernel {
  static constexpr bool kIsWide = true;

  const float* x;
  float* y;

  template <int Count, class Vector, class Window>
  DEPTHWISE_INLINE void compute(Vector vector, const Window& window, ptrdiff_t channel, ptrdiff_t output) const {
    Vectors<Count> sums{};
    forEachVectors<Count>(vector, window, x + channel, [&](ptrdiff_t, const Vectors<Count>& input) {
      unroll<Count>([&](auto i) { sums[i] = add(sums[i], input[i]); });
    });
    const f32x4 count = splat(std::max(window.inputCount(), 1.0f));  // the mean of no inputs is 0
    unroll<Count>([&](auto i) { vector.store(y + output + 4 * i, divide(sums[i], count)); });
  }

  template <class Vector>
  void computeLarge(Vector vector, const LargeWindow& window, ptrdiff_t channel, int vectors, ptrdiff_t output) const {
    BlockSums blocks(vectors);
    window.forEachFour([&](const auto& offsets) { blocks.add(vector, x + channel, offsets); });
    const f32x4 count = splat(window.inputCount());
    for (int v = 0; v < vectors; ++v) vector.store(y + output + 4 * v, divide(blocks.sum(v), count));
  }
};

}  // namespace
}  // namespace pooling

void maxPool(const PoolGeometry& g, const float* x, float* y) { pooling::computeWindows(g, pooling::MaxKernel{x, y}); }

void averagePool(const PoolGeometry& g, const float* x, float* y) {
  pooling::computeWindows(g, pooling::AverageKernel{x, y});
}

}  // namespace depthwise
