#pragma once

#include <vector>

#include "support/guarded_tensor.h"
#include "support/random.h"

/// Tensors whose channels are adjacent, for the kernels that do something to each channel.
namespace depthwise {

/// All remainders of vectors and of rows, few channels and many.
inline const std::vector<size_t> kChannelCounts{1,  2,  3,  4,  5,  6,  7,  8,  15,  16, 17,
                                                31, 32, 48, 63, 64, 65, 66, 67, 128, 131};
inline const std::vector<size_t> kPixelCounts{0, 1, 2, 3, 5, 16, 63, 64, 65, 300};

inline void fillIntegers(GuardedTensor& tensor, Random& random) {
  for (float& value : tensor.values()) value = static_cast<float>(random.within(-9, 9));
}
/// In [low, low + 1).
inline void fillFractions(GuardedTensor& tensor, Random& random, float low) {
  for (float& value : tensor.values()) value = low + random.unit();
}

}  // namespace depthwise
