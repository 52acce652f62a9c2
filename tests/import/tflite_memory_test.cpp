// SPDX-License-Identifier: Apache-2.0
// Memory of MLPerf Tiny's models on a Cortex-M4, including the input. KB = 1000 bytes.
#include <gtest/gtest.h>

#include "import/tflite_comparison.h"
#include "runtime/execution_plan.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

struct Bound {
  const char* file;
  std::size_t arena_bytes;  // limit of the project minus 0.6 KB for stack and state (AD: 0.2 KB); lower for VWW
};

class MlperfTinyMemory : public testing::TestWithParam<Bound> {};

TEST_P(MlperfTinyMemory, IsWithinItsBoundOnACortexM4) {
  STAPES_NEEDS_TEST_DATA("models/mlperf-tiny");
  const std::string path = test::data_path("models/mlperf-tiny/" + std::string(GetParam().file) + ".tflite");
  const auto file = test::imported_model(TfliteFile(path));
  ExecutionPlan plan;
  ASSERT_EQ(make_plan(file->model(), Cpu::having(Isa::kArmDsp), plan), Status::kOk);
  EXPECT_LE(plan.arena_bytes, GetParam().arena_bytes);
}

INSTANTIATE_TEST_SUITE_P(Models, MlperfTinyMemory,
                         testing::Values(Bound{"kws_ref_model", 11'400}, Bound{"pretrainedResnet_quant", 37'400},
                                         Bound{"vww_96_int8", 33'000}, Bound{"ad01_int8", 2'300},
                                         Bound{"str_ww_ref_model", 8'400}),
                         [](const auto& info) { return std::string(info.param.file); });

}  // namespace
}  // namespace stapes
