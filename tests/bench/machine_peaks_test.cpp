// SPDX-License-Identifier: Apache-2.0
#include "bench/machine_peaks.h"

#include <gtest/gtest.h>

#include "runtime/host_isa.h"

namespace stapes {
namespace {

// A rate above the upper bound means that the loop was optimized away.
TEST(MachinePeaks, ArePossibleForEveryInstructionSetOfThisMachine) {
  const MachinePeaks peaks(Cpu::detect(), 100'000);
  for (const Isa isa : host_isas()) {
    for (int unit = 0; unit < kUnitCount; ++unit) {
      const double rate = peaks.macs_per_second(isa, static_cast<Unit>(unit));
      EXPECT_GT(rate, 1e6) << to_string(isa) << ' ' << to_string(static_cast<Unit>(unit));
      EXPECT_LT(rate, 1e13) << to_string(isa) << ' ' << to_string(static_cast<Unit>(unit));
    }
    EXPECT_GT(peaks.bytes_per_second(isa), 1e6) << to_string(isa);
    EXPECT_LT(peaks.bytes_per_second(isa), 1e13) << to_string(isa);
  }
}

TEST(MachinePeaks, MeasureOnlyWhatMayBeUsed) {
  const MachinePeaks peaks(Cpu::scalar(), 1000);
  EXPECT_GT(peaks.macs_per_second(Isa::kScalar, Unit::kI8), 0);
  EXPECT_EQ(peaks.macs_per_second(Isa::kAvx2, Unit::kI8), 0);
  EXPECT_EQ(peaks.macs_per_second(Isa::kNeon, Unit::kI8), 0);
}

// A wrong #if would leave out a loop.
TEST(MachinePeaks, EveryLoopThisPlatformShouldHaveIsCompiledIn) {
  int loops = 0;
  for (const PeakLoop& loop : peak_loops()) loops += loop.isa != Isa::kScalar;
#if defined(__x86_64__)
  EXPECT_EQ(loops, 4 + 4 + 2 + 1);
#elif defined(__aarch64__)
  EXPECT_EQ(loops, 4 + 1);
#endif
}

}  // namespace
}  // namespace stapes
