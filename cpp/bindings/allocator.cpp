#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

/// The heap of the module that JavaScript loads, in the place of Emscripten's allocators. The small one of those,
/// emmalloc, adds a block's size to its address without looking whether that is past 4 GB, and then gives memory that
/// is not there; the other is 3 KB larger.
///
/// The heap is one row of runs, each some cache lines long, free or taken, and never two free ones side by side. The
/// first line of a run says what it is; a block begins in the second.
namespace {

constexpr size_t kLine = 64;
constexpr size_t kMostLines = SIZE_MAX / kLine;

struct Run {
  size_t lines;        ///< this one included
  size_t linesBefore;  ///< of the run before it; 0: there is none
  bool isFree;
  Run *next, *previous;  ///< of the free ones of its class
};

/// Free runs by the logarithm of their lines.
Run* classes[std::bit_width(kMostLines)];
/// Where the last run ends, and how many lines it has. Nobody else asks sbrk.
Run* heapEnd = nullptr;
size_t lastLines = 0;

Run* after(Run* run, size_t lines) { return reinterpret_cast<Run*>(reinterpret_cast<char*>(run) + lines * kLine); }
Run* before(Run* run, size_t lines) { return reinterpret_cast<Run*>(reinterpret_cast<char*>(run) - lines * kLine); }

int classOf(size_t lines) { return static_cast<int>(std::bit_width(lines)) - 1; }

void setLines(Run* run, size_t lines) {
  run->lines = lines;
  Run* const next = after(run, lines);
  (next == heapEnd ? lastLines : next->linesBefore) = lines;
}

void link(Run* run) {
  Run*& first = classes[classOf(run->lines)];
  run->isFree = true;
  run->previous = nullptr;
  run->next = first;
  if (first) first->previous = run;
  first = run;
}

void unlink(Run* run) {
  (run->previous ? run->previous->next : classes[classOf(run->lines)]) = run->next;
  if (run->next) run->next->previous = run->previous;
  run->isFree = false;
}

void give(Run* run) {
  Run* const next = after(run, run->lines);
  if (next != heapEnd && next->isFree) {
    unlink(next);
    setLines(run, run->lines + next->lines);
  }
  Run* const previous = before(run, run->linesBefore);
  if (run->linesBefore > 0 && previous->isFree) {
    unlink(previous);
    setLines(previous, previous->lines + run->lines);
    run = previous;
  }
  link(run);
}

/// The first lines of a free run.
Run* takeFrom(Run* run, size_t lines) {
  unlink(run);
  const size_t left = run->lines - lines;
  if (left > 0) {
    setLines(run, lines);
    Run* const rest = after(run, lines);
    rest->linesBefore = lines;
    setLines(rest, left);
    link(rest);
  }
  return run;
}

/// A free run of at least so many lines, or null. All of a higher class are long enough; those of its own are asked
/// first, but only a few of them as long as there are others.
Run* find(size_t lines) {
  constexpr int kFew = 8;
  const int own = classOf(lines);
  Run* run = classes[own];
  for (int tries = 0; run && tries < kFew; ++tries, run = run->next) {
    if (run->lines >= lines) return run;
  }
  for (size_t higher = static_cast<size_t>(own) + 1; higher < std::size(classes); ++higher) {
    if (classes[higher]) return classes[higher];
  }
  while (run && run->lines < lines) run = run->next;
  return run;
}

/// Lets the memory grow until its last run is free and has so many lines. False where there is not so much of it.
bool grow(size_t lines) {
  if (!heapEnd) {
    const uintptr_t begin = reinterpret_cast<uintptr_t>(sbrk(0));
    const size_t gap = -begin % kLine;
    sbrk(static_cast<intptr_t>(gap));
    heapEnd = reinterpret_cast<Run*>(begin + gap);
  }
  Run* const last = before(heapEnd, lastLines);
  const size_t missing = lastLines > 0 && last->isFree ? lines - last->lines : lines;
  // sbrk's argument has a sign, but is taken for what it is without: more than 2 GB is more, not less.
  if (missing > kMostLines || sbrk(static_cast<intptr_t>(missing * kLine)) == reinterpret_cast<void*>(-1)) return false;
  Run* const run = heapEnd;
  heapEnd = after(run, missing);
  run->linesBefore = lastLines;
  setLines(run, missing);
  give(run);
  return true;
}

void* take(size_t bytes) {
  const size_t lines = bytes / kLine + (bytes % kLine != 0) + 1;
  if (lines > kMostLines) return nullptr;
  Run* run = find(lines);
  if (!run && grow(lines)) run = find(lines);
  return run ? after(takeFrom(run, lines), 1) : nullptr;
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) { return take(bytes); }

void* aligned_alloc(size_t alignment, size_t bytes) { return alignment <= kLine ? take(bytes) : nullptr; }

void* calloc(size_t count, size_t size) {
  size_t bytes;
  void* const block = __builtin_mul_overflow(count, size, &bytes) ? nullptr : take(bytes);
  return block ? std::memset(block, 0, bytes) : nullptr;
}

void free(void* block) {
  if (block) give(reinterpret_cast<Run*>(static_cast<char*>(block) - kLine));
}
}
