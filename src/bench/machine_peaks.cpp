// SPDX-License-Identifier: Apache-2.0
#include "bench/machine_peaks.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "runtime/host_model.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

// Keeps the compiler from removing the loops.
volatile std::uint32_t sink;

template <class Work>
double seconds_of(const Work& work) {
  const Clock::time_point start = Clock::now();
  sink = work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Units of work per second, best of 64 runs: interruptions by other processes only slow a run. `work(n)` does n units.
template <class Work>
double best_rate(const Work& work) {
  constexpr double kRunSeconds = 2e-4;
  constexpr std::uint32_t kMaxUnits = 1u << 30;
  std::uint32_t units = 1;
  double best = 0;
  for (int runs = 0; runs < 64;) {
    const double seconds = seconds_of([&] { return work(units); });
    if (seconds < kRunSeconds && units < kMaxUnits) {
      units *= 2;  // too short; an interruption may have made an earlier run look long enough
      continue;
    }
    best = std::max(best, units / seconds);
    ++runs;
  }
  return best;
}

}  // namespace

const char* to_string(Unit unit) {
  switch (unit) {
    case Unit::kF32:
      return "fp32";
    case Unit::kI16:
      return "int16";
    case Unit::kI8:
      return "int8";
    case Unit::kBits:
      return "binary";
  }
  return "";
}

MachinePeaks::MachinePeaks(const Cpu& cpu, std::size_t working_set_bytes) {
  const std::size_t count = (working_set_bytes + kLoadBlock - 1) / kLoadBlock * kLoadBlock;
  const AlignedBytes buffer = allocate_aligned(count);
  std::memset(buffer.get(), 1, count);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.get());
  // Stores each rate for all instruction sets that include the loop's. Slower loops come first and are overwritten.
  const auto raise = [&](Isa isa, const auto& take) {
    for (int i = 0; i < kIsaCount; ++i) {
      const Isa other = static_cast<Isa>(i);
      if (cpu.can_run(other) && cpu.limited_to(other).can_run(isa)) take(place(other));
    }
  };
  for (const PeakLoop& loop : peak_loops()) {
    if (!cpu.can_run(loop.isa)) continue;
    const double rate = loop.macs_per_step * best_rate(loop.run);
    raise(loop.isa, [&](std::size_t isa) { macs_per_second_[isa][static_cast<std::size_t>(loop.unit)] = rate; });
  }
  for (const LoadLoop& loop : load_loops()) {
    if (!cpu.can_run(loop.isa)) continue;
    const auto read = [&](std::uint32_t times) {
      std::uint32_t all = 0;
      for (std::uint32_t i = 0; i < times; ++i) all += loop.run(bytes, count);
      return all;
    };
    const double rate = static_cast<double>(count) * best_rate(read);
    raise(loop.isa, [&](std::size_t isa) { bytes_per_second_[isa] = rate; });
  }
}

}  // namespace stapes
