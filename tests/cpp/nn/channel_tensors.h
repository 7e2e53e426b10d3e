#pragma once

#include <vector>

#include "support/guarded_tensor.h"
#include "support/random.h"

/// Sizes and values of tensors [pixels, channels], for the ops with one value or one sum per channel.
namespace depthwise {

/// Every length modulo four, few channels (several pixels per row) and many.
inline const std::vector<int> kChannelCounts{1,  2,  3,  4,  5,  6,  7,  8,  15,  16, 17,
                                             31, 32, 48, 63, 64, 65, 66, 67, 128, 131};
/// No pixels, incomplete rows, and more rows than a block of sums has.
inline const std::vector<int> kPixelCounts{0, 1, 2, 3, 5, 16, 63, 64, 65, 300};

inline void fillIntegers(GuardedTensor& tensor, Random& random) {
  for (float& value : tensor.values()) value = static_cast<float>(random.within(-9, 9));
}

/// In [low, low + 1).
inline void fillFractions(GuardedTensor& tensor, Random& random, float low) {
  for (float& value : tensor.values()) value = low + random.unit();
}

}  // namespace depthwise
