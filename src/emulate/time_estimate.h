// SPDX-License-Identifier: Apache-2.0
// time_estimate.h: the time that counted instructions would take on a core. An estimate: emulators do not model a
// core's pipeline, memory or caches, so cycles per instruction are assumed (board.h).
#pragma once

#include <cstdint>

#include "emulate/measure_export.h"
#include "packed/shapes.h"

namespace stapes {

struct TimeEstimate {
  double clock_hz = 0, cycles_per_instruction = 0;
  double window_seconds = 0;  // of computing, for one window
  // Live: every `hop_samples` a window ends. Of the front end only the columns that are new since the last are
  // computed.
  int hop_samples = 0;
  double hop_seconds = 0;  // of computing, for one hop: measured with the detector, or from the layers of a window
  double mean_push_seconds = 0, worst_push_seconds = 0;  // if pushes were measured
  double times_real_time = 0;  // how long a hop of sound lasts, by hop_seconds: below 1 it cannot keep up; 0: an image
};

// On the host, window and hop are as measured; the two numbers above them are then 0. `clock_hz` 0 = the board's;
// `hop_samples` 0 = a window. Throws UsageError, naming the nearest hop, for one that is neither a whole window nor
// accepted by push().
TimeEstimate estimate_time(const ExportMeasure& measure, const fb::Model& model, double clock_hz, int hop_samples);

// Throws as estimate_time() would, before anything is measured.
void check_hop(const fb::Model& model, int hop_samples);

}  // namespace stapes
