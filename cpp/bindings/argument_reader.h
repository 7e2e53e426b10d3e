#pragma once

#include <algorithm>

#include "argument_error.h"
#include "geometry.h"

namespace depthwise {

/// Reads what js/argument-block.js writes: one after the other, numbers, lists (their length, then at most
/// NumberList::kKept values) and names (their length, then at most kKeptCharacters character codes). All are doubles,
/// so that no value is lost or rounded before it has been checked. A fixed block instead of Embind's own conversions,
/// because those cost a memory allocation for every name and several calls for every list.
class ArgumentReader {
 public:
  static constexpr int kBlockSize = 512;

  explicit ArgumentReader(const double* block) : next_(block) {}

  double number() { return *next_++; }

  /// Into a list that is there, because copies of lists were a good part of a check.
  void numbers(NumberList& list) {
    list.count = count();
    const int kept = std::min(list.count, NumberList::kKept);
    std::copy_n(next_, kept, list.values);
    next_ += kept;
  }

  NumberList numbers() {
    NumberList list;
    numbers(list);
    return list;
  }

  /// Longer names are cut; no name that means something is so long.
  static constexpr int kKeptCharacters = 40;
  struct Name {
    char characters[kKeptCharacters + 1];
  };

  /// Valid as long as this reader.
  const char* name() {
    Name& name = names_[used_++];
    this->name(name);
    return name.characters;
  }

  void name(Name& name) {
    const int kept = std::min(count(), kKeptCharacters);
    for (int i = 0; i < kept; ++i) name.characters[i] = static_cast<char>(*next_++);
    name.characters[kept] = 0;
  }

 private:
  static constexpr int kMostNames = 4;

  int count() { return static_cast<int>(*next_++); }

  const double* next_;
  Name names_[kMostNames];
  int used_ = 0;
};

/// What a check answers with in the block: the shape of the result, and its number of elements.
inline bool answer(double* block, const Shape& shape) {
  *std::copy(shape.begin(), shape.end(), block) = static_cast<double>(elementCount(shape));
  return true;
}

}  // namespace depthwise
