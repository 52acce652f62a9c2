// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_model.h"

#include "runtime/host_isa.h"

namespace stapes {

double ModelBench::window_seconds() const {
  return input_kind(model()) != InputKind::kSound
             ? 0
             : static_cast<double>(model().window_samples()) / model().sample_rate_hz();
}

double ModelBench::times_real_time() const { return window_seconds() / speed.window.median_seconds; }

double ModelBench::threads_speedup() const { return speed.threads_windows_per_second * speed.window.median_seconds; }

ModelBench bench_model(const std::filesystem::path& model, std::optional<Isa> isa, const SpeedOptions& options) {
  const auto host = std::make_shared<const HostModel>(model, isa);
  const Cpu cpu = isa ? Cpu::detect().limited_to(*isa) : Cpu::detect();
  std::vector<Isa> isas = host_isas();
  std::erase_if(isas, [&](Isa other) { return !cpu.can_run(other); });
  const MachinePeaks peaks(cpu, static_cast<std::size_t>(working_set_bytes(host->file().model(), host->prepared())));
  return {host, std::move(isas), peaks, measure_speed(host, peaks, options)};
}

}  // namespace stapes
