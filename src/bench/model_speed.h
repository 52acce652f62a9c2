// SPDX-License-Identifier: Apache-2.0
// model_speed.h: times a packed model and its layers on this machine.
#pragma once

#include <memory>
#include <vector>

#include "bench/layer_work.h"
#include "bench/machine_peaks.h"
#include "runtime/host_model.h"

namespace stapes {

// Times of repeated runs. The minimum is closest to the time on an idle machine.
struct RunTimes {
  double median_seconds = 0, min_seconds = 0;
};

struct LayerSpeed {
  LayerWork work;
  RunTimes time;
  // Lower bound: work.macs at the peak rate or work.bytes at the measured bandwidth, whichever takes longer, with the
  // instruction set of the kernel.
  double bound_seconds = 0;
  double peak_macs_per_second = 0;  // 0 where the layer has no multiply-adds

  double macs_per_second() const;  // 0 where no time was measured
};

struct ModelSpeed {
  RunTimes window;  // one window, batch 1, one thread
  int windows = 0;  // timed runs of the window and of each layer
  std::vector<LayerSpeed> layers;
  double bound_seconds = 0;  // sum over all layers
  std::int64_t working_set_bytes = 0;
  double threads_windows_per_second = 0;  // `threads` windows at once, one per thread; 0 with one thread
};

struct SpeedOptions {
  double seconds = 1;  // spent measuring; at least kMinRounds windows are run even if they take longer
  int threads = 1;
};
inline constexpr int kMinRounds = 5;

// Input is 16-bit PCM. `peaks` must belong to the processor for which `model` was prepared.
ModelSpeed measure_speed(const std::shared_ptr<const HostModel>& model, const MachinePeaks& peaks,
                         const SpeedOptions& options);

}  // namespace stapes
