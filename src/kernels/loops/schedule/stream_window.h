// SPDX-License-Identifier: Apache-2.0
// stream_window.h: decides where samples of a stream go, and which front-end columns are computed and kept. Shared by
// the runtime and exported programs, which load samples and compute columns.
//
// The slice holds the samples of the next column. Columns of the current window are consecutive. Each window begins at
// a column boundary and reuses the last columns of the previous window.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace stapes {

// No member counts all samples: a stream may be endless.
struct StreamPosition {
  int32_t& samples_to_scores;  // until the current window is complete
  int32_t& slice_filled;       // samples in the slice of the next column; -n: skip n samples first
  int32_t& columns_filled;     // of the current window
};

struct StreamWindow {
  StreamPosition at;
  int32_t hop_samples;                  // a multiple of step_samples
  int32_t step_samples, slice_samples;  // from one column to the next; in one column
  int32_t columns;                      // of a window
  size_t sample_bytes, column_bytes;    // in the slice and in the output
  uint8_t* slice;                       // [slice_samples]
  uint8_t* output;                      // [columns]
};

// The next sample is the first of a window.
static inline void begin_stream(const StreamPosition& at, int32_t window_samples) {
  at.samples_to_scores = window_samples;
  at.slice_filled = 0;
  at.columns_filled = 0;
}

static inline void move_slice(const StreamWindow& w, int32_t samples) {
  if (w.at.slice_filled > samples) {
    memmove(w.slice, w.slice + static_cast<size_t>(samples) * w.sample_bytes,
            static_cast<size_t>(w.at.slice_filled - samples) * w.sample_bytes);
  }
  w.at.slice_filled -= samples;
}

// Takes samples [first, count) up to the end of the slice or of the window; returns how many. Samples after a window's
// last column wait in the slice for the next window.
template <class Load, class Column>
static inline size_t take_samples(const StreamWindow& w, size_t first, size_t count, Load load, Column column) {
  const bool passing_over = w.at.slice_filled < 0;
  const int32_t room = (passing_over ? 0 : w.slice_samples) - w.at.slice_filled;
  const int32_t wanted = w.at.samples_to_scores < room ? w.at.samples_to_scores : room;
  const size_t offered = count - first;
  const size_t taken = offered < static_cast<size_t>(wanted) ? offered : static_cast<size_t>(wanted);
  if (!passing_over) load(first, taken, w.slice + static_cast<size_t>(w.at.slice_filled) * w.sample_bytes);
  w.at.slice_filled += static_cast<int32_t>(taken);
  w.at.samples_to_scores -= static_cast<int32_t>(taken);
  if (w.at.slice_filled == w.slice_samples) {
    column(w.at.columns_filled++);
    move_slice(w, w.step_samples);
  }
  return taken;
}

// Takes samples up to the end of the current window; returns how many. When samples_to_scores is 0, the window is
// complete: the caller runs the layers after the front end and calls next_window().
//   load(first, count, to)  writes samples [first, first + count) of the pushed samples to `to` in the slice
//   column(i)               computes column i of the output from the slice
template <class Load, class Column>
static inline size_t push_samples(const StreamWindow& w, size_t count, Load load, Column column) {
  size_t taken = 0;
  while (taken < count && w.at.samples_to_scores > 0) taken += take_samples(w, taken, count, load, column);
  return taken;
}

// Starts the next window; keeps the columns that both windows share.
static inline void next_window(const StreamWindow& w) {
  const int32_t hop_columns = w.hop_samples / w.step_samples;
  w.at.samples_to_scores = w.hop_samples;
  if (hop_columns >= w.at.columns_filled) {
    move_slice(w, (hop_columns - w.at.columns_filled) * w.step_samples);
    w.at.columns_filled = 0;
    return;
  }
  w.at.columns_filled -= hop_columns;
  memmove(w.output, w.output + static_cast<size_t>(hop_columns) * w.column_bytes,
          static_cast<size_t>(w.at.columns_filled) * w.column_bytes);
}

}  // namespace stapes
