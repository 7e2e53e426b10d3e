#pragma once

#include <cstring>

#include "../buffer.h"
#include "../tensor_view.h"
#include "activation.h"
#include "input_rows.h"
#include "row_plan.h"
#include "strips.h"
#include "sweep_row.h"

/// What forward and the gradient of the input share: rows of a tensor, swept with a filter into rows of another, by a
/// plan (axis_plan.h) that says which row and column meet which tap.
namespace depthwise {

/// A tensor and how its channels stand to the lanes of the sweeps: lanes = channels·multiplier.
template <class Float>
struct Side {
  TensorView<Float> tensor;
  int channels;
  int multiplier;
};

struct Correlation {
  int batch;
  int lanes;
  Axis height, width;
  Side<const float> in;  ///< each channel is spread over its lanes
  const float* filter;   ///< [height.taps, width.taps, lanes]
  Side<float> out;       ///< the lanes of each channel are summed up
  Epilogue epilogue;     ///< only where a channel is a lane
};

namespace correlation {

/// The filter as the sweeps read it: as it is, or at the pitch of staged pixels where its own would have taps collide
/// in the cache, or is narrower than four lanes.
class FilterTaps {
 public:
  FilterTaps(const Correlation& c)
      : columns_(c.width.taps),
        staged_(c.lanes < 4 || pitchCollides(c.lanes)),
        pitch_(static_cast<size_t>(staged_ ? spreadPitch(c.lanes) : c.lanes)),
        copy_(staged_ ? static_cast<uint64_t>(c.height.taps) * static_cast<uint64_t>(columns_) * pitch_ : 0),
        taps_(staged_ ? copy_.data() : c.filter) {}

  Status status() const { return copy_.status(); }
  void stage(const Correlation& c) {
    if (staged_) stageFilter(c.filter, c.lanes, c.height.taps * c.width.taps, copy_.data(), pitch_);
  }

  TapGrid<const float> grid() const { return {taps_, columns_, pitch_}; }

 private:
  int columns_;
  bool staged_;
  size_t pitch_;
  Buffer<float> copy_;
  const float* taps_;
};

/// The output row that is being made: the tensor's own, or one beside it that is folded into the tensor when it is
/// done.
class OutputRow {
 public:
  OutputRow(const Correlation& c, int32_t width)
      : side_(c.out),
        staged_(c.out.multiplier > 1 || !c.out.tensor.channelsAreAdjacent() || c.lanes < 4),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(c.lanes)) : c.out.tensor.columnStride),
        copy_(staged_ ? static_cast<uint64_t>(width) * pitch_ : 0) {}

  Status status() const { return copy_.status(); }
  size_t pitch() const { return pitch_; }

  float* begin(int image, int32_t row) {
    image_ = image;
    row_ = row;
    return staged_ ? copy_.data() : side_.tensor.pixel(image, row, 0);
  }
  void finish(Columns columns) {
    if (!staged_) return;
    foldPixels(copy_.data() + static_cast<size_t>(columns.first) * pitch_, pitch_, side_.channels, side_.multiplier,
               columns.count(), side_.tensor.pixel(image_, row_, columns.first),
               {side_.tensor.columnStride, side_.tensor.channelStride});
  }

 private:
  Side<float> side_;
  bool staged_;
  size_t pitch_;
  Buffer<float> copy_;
  int image_ = 0;
  int32_t row_ = 0;
};

inline void writeZeros(float* row, size_t pitch, const Run& run, const LaneBlock& block) {
  for (int32_t i = 0; i < run.outCount; ++i) {
    float* const pixel = row + static_cast<size_t>(run.outFirst + i * run.outStep) * pitch;
    std::memset(pixel + block.first, 0, static_cast<size_t>(block.lanes) * sizeof(float));
  }
}

/// All runs of one output row, for one block of lanes. The first sweep over an output writes, the others add.
template <class Plan>
void sweepRow(const Strips<Plan>& strip, const RowTaps& taps, InputRows& in, const TapGrid<const float>& filter,
              float* out, size_t outPitch, const LaneBlock& block) {
  for (const Run& run : strip) {
    if (run.taps == 0 || taps.count == 0) {
      if (run.opens) writeZeros(out, outPitch, run, block);
      continue;
    }
    float* const to = out + static_cast<size_t>(run.outFirst) * outPitch + block.first;
    forEachSweep(run, taps, in, filter, outPitch, block,
                 [&](const Sweep& sweep, int rows, bool first, const float* tap) {
                   const Write mode = run.opens && first ? Write::kOverwrite : Write::kAdd;
                   const Between middle = run.interlaced ? Between::kTap : Between::kNothing;
                   sweepFor(rows, run.taps, middle, mode)(sweep, tap + block.first, to);
                 });
  }
}

}  // namespace correlation

template <class Plan>
Status correlate(const Correlation& c) {
  if (c.batch == 0) return {};  // images that do not exist may be of any size: nothing may be allocated for their rows
  InputRows in(c.in.tensor, c.in.channels, c.in.multiplier, Plan::inSize(c.height), Plan::inSize(c.width),
               Plan::span(c.height));
  correlation::FilterTaps filter(c);
  correlation::OutputRow out(c, Plan::outSize(c.width));
  const RowPlan<Plan> rows(c.height);
  Strips<Plan> strip(c.width, in.pitch(), true);
  for (const Status status : {in.status(), filter.status(), out.status(), rows.status(), strip.status()}) {
    if (!status) return status;
  }
  filter.stage(c);
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    for (int image = 0; image < c.batch; ++image) {
      in.begin(image, strip.in());
      for (int32_t row = 0; row < rows.count(); ++row) {
        float* const to = out.begin(image, row);
        forEachLaneBlock(c.lanes, [&](const LaneBlock& block) {
          correlation::sweepRow(strip, rows[row], in, filter.grid(), to, out.pitch(), block);
        });
        if (!c.epilogue.changesNothing()) {
          applyEpilogue(c.epilogue, to + static_cast<size_t>(strip.out().first) * out.pitch(), out.pitch(),
                        strip.out().count(), c.lanes);
        }
        out.finish(strip.out());
      }
    }
  }
  return {};
}

}  // namespace depthwise
