// SPDX-License-Identifier: Apache-2.0
// Instructions of MLPerf Tiny's models on a Cortex-M4 and M33, and on cores with one multiplication per instruction
// (docs/guides/importing.md). Counted exactly; the limits leave half a percent for other compilers.
#include <gtest/gtest.h>

#include <cstdint>

#include "emulate/board_or_skip.h"
#include "emulate/measure_model.h"
#include "import/tflite_import.h"
#include "packed/writer.h"
#include "support/shared_data.h"

namespace stapes::test {
namespace {

struct TinyBenchmark {
  const char *board, *name, *file;
  std::int64_t instructions, code_and_constants;
};
std::string name_of(const testing::TestParamInfo<TinyBenchmark>& info) { return info.param.name; }

class MlperfTiny : public testing::TestWithParam<TinyBenchmark> {};

TEST_P(MlperfTiny, EveryLayerIsEqualAndWithinItsBounds) {
  STAPES_NEEDS_TEST_DATA("models/mlperf-tiny");
  Board board = find_board(GetParam().board);
  board.flash_bytes = board.ram_bytes = 1 << 22;  // some models exceed the Cortex-M0 product's memory
  STAPES_SKIP_WITHOUT_TOOLS(board);
  TfliteImport imported =
      import_tflite(TfliteFile(data_path("models/mlperf-tiny/" + std::string(GetParam().file) + ".tflite")));
  for (int c = 0; c < imported.classes; ++c) imported.model.labels.push_back("class_" + std::to_string(c));
  const ExportMeasure measure = measure_model(ModelFile(serialize_model(imported.model), GetParam().name), board, {});
  EXPECT_EQ(measure.first_difference(), std::nullopt);
  EXPECT_LE(measure.run.instructions, GetParam().instructions);
  EXPECT_LE(measure.sizes.code + measure.sizes.constants, GetParam().code_and_constants);
}

INSTANTIATE_TEST_SUITE_P(CortexM4, MlperfTiny,
                         testing::Values(TinyBenchmark{"cortex-m4", "kws", "kws_ref_model", 3'493'000, 20'000},
                                         TinyBenchmark{"cortex-m4", "ic", "pretrainedResnet_quant", 11'467'000, 20'000},
                                         TinyBenchmark{"cortex-m4", "vww", "vww_96_int8", 9'721'000, 20'000},
                                         TinyBenchmark{"cortex-m4", "ad", "ad01_int8", 286'100, 20'000},
                                         TinyBenchmark{"cortex-m4", "sww", "str_ww_ref_model", 831'300, 20'000}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(CortexM33, MlperfTiny,
                         testing::Values(TinyBenchmark{"cortex-m33", "kws", "kws_ref_model", 3'493'000, 20'000},
                                         TinyBenchmark{"cortex-m33", "ic", "pretrainedResnet_quant", 11'467'000,
                                                       20'000},
                                         TinyBenchmark{"cortex-m33", "vww", "vww_96_int8", 9'721'000, 20'000},
                                         TinyBenchmark{"cortex-m33", "ad", "ad01_int8", 286'100, 20'000},
                                         TinyBenchmark{"cortex-m33", "sww", "str_ww_ref_model", 831'300, 20'000}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(CortexM0, MlperfTiny,
                         testing::Values(TinyBenchmark{"cortex-m0", "kws", "kws_ref_model", 11'096'000, 20'000},
                                         TinyBenchmark{"cortex-m0", "ic", "pretrainedResnet_quant", 38'716'000, 20'000},
                                         TinyBenchmark{"cortex-m0", "vww", "vww_96_int8", 29'813'000, 20'000},
                                         TinyBenchmark{"cortex-m0", "ad", "ad01_int8", 1'420'000, 20'000},
                                         TinyBenchmark{"cortex-m0", "sww", "str_ww_ref_model", 2'733'000, 20'000}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Riscv32, MlperfTiny,
                         testing::Values(TinyBenchmark{"riscv32", "kws", "kws_ref_model", 11'003'000, 20'000},
                                         TinyBenchmark{"riscv32", "ic", "pretrainedResnet_quant", 38'334'000, 20'000},
                                         TinyBenchmark{"riscv32", "vww", "vww_96_int8", 28'065'000, 20'000},
                                         TinyBenchmark{"riscv32", "ad", "ad01_int8", 1'131'000, 20'000},
                                         TinyBenchmark{"riscv32", "sww", "str_ww_ref_model", 2'735'000, 20'000}),
                         name_of);

}  // namespace
}  // namespace stapes::test
