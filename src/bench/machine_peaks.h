// SPDX-License-Identifier: Apache-2.0
// machine_peaks.h: this machine's measured peak rates, which bound the time of a layer.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "bench/peak_loops.h"
#include "kernels/cpu.h"

namespace stapes {

const char* to_string(Unit unit);

class MachinePeaks {
 public:
  // Runs the loops that `cpu` can run, on this thread, for about 0.2 s. Bandwidth is measured on a buffer of
  // `working_set_bytes`, the memory that a model touches in a window. This gives the rate of the cache or memory that
  // feeds the layers.
  MachinePeaks(const Cpu& cpu, std::size_t working_set_bytes);

  // Peak rates of `isa` and the instruction sets it requires.
  double macs_per_second(Isa isa, Unit unit) const { return macs_per_second_[place(isa)][static_cast<int>(unit)]; }
  double bytes_per_second(Isa isa) const { return bytes_per_second_[place(isa)]; }

 private:
  static std::size_t place(Isa isa) { return static_cast<std::size_t>(isa); }

  std::array<std::array<double, kUnitCount>, kIsaCount> macs_per_second_{};
  std::array<double, kIsaCount> bytes_per_second_{};
};

}  // namespace stapes
