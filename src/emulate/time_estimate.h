// SPDX-License-Identifier: Apache-2.0
// time_estimate.h: how long counted instructions would take on a core. An estimate: no emulator knows the pipeline, the
// memory or the caches of a core, so cycles per instruction are assumed (board.h).
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
  double mean_push_seconds = 0, worst_push_seconds = 0;  // where pushes were measured
  double times_real_time = 0;  // how long a hop of sound lasts, by hop_seconds: below 1 it cannot keep up; 0: an image
};

// On the host, window and hop are as measured; the two numbers above them are then 0. `clock_hz` 0 = the board's;
// `hop_samples` 0 = a window. Throws UsageError for a hop that is neither a whole
// window nor one that push() would take, naming the nearest.
TimeEstimate estimate_time(const ExportMeasure& measure, const fb::Model& model, double clock_hz, int hop_samples);

// What estimate_time() would refuse, before anything is measured.
void check_hop(const fb::Model& model, int hop_samples);

}  // namespace stapes
