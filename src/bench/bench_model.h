// SPDX-License-Identifier: Apache-2.0
// bench_model.h: measures how fast a packed model runs on this machine, for `stapes bench`.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "bench/model_speed.h"

namespace stapes {

struct ModelBench {
  std::shared_ptr<const HostModel> host;
  std::vector<Isa> isas;  // available to its kernels
  MachinePeaks peaks;
  ModelSpeed speed;

  const fb::Model& model() const { return host->file().model(); }
  double window_seconds() const;   // duration of the sound in a window; 0 for other inputs
  double times_real_time() const;  // real-time factor; 0 for other inputs
  double threads_speedup() const;  // windows per second: all threads / one thread
};

// `isa`: the best instruction set that kernels may use; default: this machine's best. Throws Error.
ModelBench bench_model(const std::filesystem::path& model, std::optional<Isa> isa, const SpeedOptions& options);

}  // namespace stapes
