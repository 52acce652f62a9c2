// SPDX-License-Identifier: Apache-2.0
// over_input.h: runs a convolution that may overwrite its input, a few rows per call. No call overwrites what a later
// call reads: the output begins far enough before the input or, if the last rows come first, far enough after it. The
// distance depends only on the rows of each call (runtime/overlap.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/loops/schedule/conv_rows.h"

namespace stapes {

// Calls use(made) for at most `rows` of `height` output rows at a time, from the top or, if `from_bottom`, the bottom.
// Calls differ by at most one row, so none has too few for a kernel.
template <class Use>
static inline void for_each_turn(int32_t height, int32_t rows, bool from_bottom, Use use) {
  const int32_t turns = (height + rows - 1) / rows, each = height / turns, larger_turns = height - each * turns;
  for (int32_t turn = 0, done = 0; turn < turns; ++turn) {
    const int32_t count = turn < larger_turns ? each + 1 : each;
    const int32_t first = from_bottom ? height - done - count : done;
    use(Rows{first, first + count});
    done += count;
  }
}

struct OverInput {
  const ConvShape* shape;
  int32_t rows;  // per call, at most
  const uint8_t* from;
  uint8_t* to;
  size_t from_row_bytes, to_row_bytes;
};

// Calls make(shape, input, output) for a few rows at a time (shape_of_rows()), in the order that the output's position
// requires.
template <class Make>
static inline void run_over_input(const OverInput& layer, Make make) {
  const ConvShape& whole = *layer.shape;
  for_each_turn(whole.out_h, layer.rows, layer.to >= layer.from, [&](Rows made) {
    const size_t first_row = static_cast<size_t>(rows_seen(whole, made).first);
    make(shape_of_rows(whole, made), layer.from + first_row * layer.from_row_bytes,
         layer.to + static_cast<size_t>(made.first) * layer.to_row_bytes);
  });
}

}  // namespace stapes
