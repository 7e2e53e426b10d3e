#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The sizes of a cache.
struct CacheSize {
  int kilobytes, ways;

  int sets() const { return kilobytes * 1024 / 64 / ways; }
  std::string name() const { return std::to_string(kilobytes) + " KB, " + std::to_string(ways) + " ways"; }
};

/// A model of a first-level cache, which counts misses. Lines have 64 bytes. A set replaces the line that was used
/// longest ago. Writes count like reads. The model prefetches nothing.
class CacheModel {
 public:
  CacheModel(const CacheSize& size)
      : sets_(static_cast<uint64_t>(size.sets())),
        ways_(size.ways),
        lines_(static_cast<size_t>(size.sets()) * static_cast<size_t>(size.ways), kNoLine) {}

  /// Uses a line (an address divided by 64). Returns whether the line was in the cache.
  bool use(uint64_t line) {
    uint64_t* const set = lines_.data() + line % sets_ * static_cast<uint64_t>(ways_);  // the last used line is first
    if (set[0] == line) return true;
    int way = 1;
    while (way < ways_ && set[way] != line) ++way;
    const bool isHit = way < ways_;
    for (int i = isHit ? way : ways_ - 1; i > 0; --i) set[i] = set[i - 1];
    set[0] = line;
    misses_ += !isHit;
    return isHit;
  }

  int64_t misses() const { return misses_; }
  void resetMisses() { misses_ = 0; }

 private:
  static constexpr uint64_t kNoLine = UINT64_MAX;

  uint64_t sets_;
  int ways_;
  std::vector<uint64_t> lines_;
  int64_t misses_ = 0;
};
