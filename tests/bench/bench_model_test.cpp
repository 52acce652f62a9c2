// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_model.h"

#include <gtest/gtest.h>

#include "packed/writer.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

TEST(BenchModel, FindsThePeaksOfWhatItsKernelsMayUse) {
  const test::TempDir folder;
  write_model(folder / "m.stapes", test::tiny_int8(), Existing::kRefuse);
  const ModelBench bench = bench_model(folder / "m.stapes", Isa::kScalar, {.seconds = 0.01, .threads = 1});
  EXPECT_EQ(bench.isas, std::vector<Isa>{Isa::kScalar});
  EXPECT_GT(bench.peaks.macs_per_second(Isa::kScalar, Unit::kI8), 0);
  EXPECT_EQ(bench.speed.layers.size(), bench.model().layers()->size());
  EXPECT_DOUBLE_EQ(bench.window_seconds(), test::kTinySamples / 8000.0);
  EXPECT_DOUBLE_EQ(bench.times_real_time(), bench.window_seconds() / bench.speed.window.median_seconds);
}

}  // namespace
}  // namespace stapes
