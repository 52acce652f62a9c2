// SPDX-License-Identifier: Apache-2.0
// time_estimate.h: estimates the time that counted instructions take on a core. Emulators do not model a core's
// pipeline, memory or caches, so cycles per instruction are assumed (board.h).
#pragma once

#include <cstdint>

#include "emulate/measure_export.h"
#include "packed/shapes.h"

namespace stapes {

struct TimeEstimate {
  double clock_hz = 0, cycles_per_instruction = 0;
  double window_seconds = 0;  // computing time of one window
  // While listening, a window ends every `hop_samples`, and the front end computes only the columns that are new.
  int hop_samples = 0;
  double hop_seconds = 0;  // computing time of one hop: measured, or derived from a window's layers
  double mean_push_seconds = 0, worst_push_seconds = 0;  // if pushes were measured
  double times_real_time = 0;  // duration of a hop of sound / hop_seconds; below 1: cannot keep up; 0: not sound
};

// On the host, times are measured, and clock_hz and cycles_per_instruction are 0. `clock_hz` 0 = the board's;
// `hop_samples` 0 = a window. Throws UsageError, naming the nearest hop, if a hop is neither a whole window nor
// accepted by push().
TimeEstimate estimate_time(const ExportMeasure& measure, const fb::Model& model, double clock_hz, int hop_samples);

// Throws as estimate_time() would, before anything is measured.
void check_hop(const fb::Model& model, int hop_samples);

}  // namespace stapes
