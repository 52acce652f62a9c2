// SPDX-License-Identifier: Apache-2.0
// row_band.h: interleaves layers, a few rows at a time, so that tensors between them are never held in full. Decides
// which rows come next; the runtime and exported programs compute them.
//
// A tensor inside a band holds only the rows that one row of the next layer needs: 4 for a 3x3 convolution with its 2x2
// pool. Each row is computed once, just before it is needed. Kept rows move to the front.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/schedule/conv_rows.h"

namespace stapes {

// Only the first layer may be a transpose.
struct BandStage {
  const ConvShape* shape;  // of the whole layer; null: a transpose
  const uint8_t* from;     // the input: whole for the first layer, otherwise the rows held
  uint8_t* to;             // the output: whole for the last layer, otherwise the rows held
  size_t from_row_bytes, to_row_bytes;
  int32_t out_h;
  Rows held{};  // rows of the output; for the last layer, all rows computed
};

// The stage must not be a transpose.
static inline Rows rows_seen_next(const BandStage& stage) {
  return rows_seen(*stage.shape, {stage.held.end, stage.held.end + 1});
}

// Drops a stage's output rows before `row`.
static inline void drop_rows_before(BandStage& stage, int32_t row) {
  const Rows kept{row, row > stage.held.end ? row : stage.held.end};
  memmove(stage.to, stage.to + static_cast<size_t>(row - stage.held.first) * stage.to_row_bytes,
          static_cast<size_t>(kept.count()) * stage.to_row_bytes);
  stage.held = kept;
}

// The last layer whose input rows are available.
static inline int32_t next_to_run(const BandStage* stages, int32_t count) {
  int32_t i = count - 1;
  while (i > 0 && stages[i - 1].held.end < rows_seen_next(stages[i]).end) --i;
  return i;
}

// The first stage computes all rows that the second waits for; the others compute one row.
static inline Rows rows_to_make(const BandStage* stages, int32_t i) {
  const int32_t made = stages[i].held.end;
  return {made, i == 0 ? rows_seen_next(stages[1]).end : made + 1};
}

// Calls make_rows(i, rows, input, output) for stages[i] until the last stage is complete. A convolution uses
// shape_of_rows(); `input` begins with its first input row. A transpose gets its whole input. count >= 2; every `held`
// starts empty.
template <class MakeRows>
static inline void run_stages(BandStage* stages, int32_t count, MakeRows make_rows) {
  while (stages[count - 1].held.end < stages[count - 1].out_h) {
    const int32_t i = next_to_run(stages, count);
    const Rows rows = rows_to_make(stages, i);
    BandStage& stage = stages[i];
    const int32_t first_row = stage.shape == nullptr ? 0 : rows_seen(*stage.shape, rows).first;
    const int32_t skipped = i == 0 ? first_row : first_row - stages[i - 1].held.first;
    make_rows(i, rows, stage.from + static_cast<size_t>(skipped) * stage.from_row_bytes,
              stage.to + static_cast<size_t>(stage.held.count()) * stage.to_row_bytes);
    stage.held.end = rows.end;
    if (i > 0) drop_rows_before(stages[i - 1], rows_seen_next(stage).first);
  }
}

}  // namespace stapes
