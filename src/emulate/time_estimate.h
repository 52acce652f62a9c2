// SPDX-License-Identifier: Apache-2.0
// time_estimate.h: estimates the time of counted instructions on a core. Emulators model no pipeline, memory or caches,
// so cycles per instruction are assumed (board.h).
#pragma once

#include <cstdint>

#include "emulate/measure_export.h"
#include "packed/shapes.h"

namespace stapes {

struct TimeEstimate {
  double clock_hz = 0, cycles_per_instruction = 0;
  double window_seconds = 0;  // of one window
  // While listening, a window ends every `hop_samples`. The front end computes only the new columns.
  int hop_samples = 0;
  // Of one hop: measured, or derived from a window's layers.
  double hop_seconds = 0;
  double mean_push_seconds = 0, worst_push_seconds = 0;  // if pushes were measured
  double times_real_time = 0;  // duration of a hop of sound / hop_seconds; below 1: cannot keep up; 0: not sound
};

// `clock_hz` 0: the board's; `hop_samples` 0: a window. On the host, times are measured, and clock_hz and
// cycles_per_instruction stay 0. Throws UsageError unless the hop is a whole window or push() accepts it.
TimeEstimate estimate_time(const ExportMeasure& measure, const fb::Model& model, double clock_hz, int hop_samples);

// Throws like estimate_time().
void check_hop(const fb::Model& model, int hop_samples);

}  // namespace stapes
