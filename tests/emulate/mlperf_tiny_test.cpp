// SPDX-License-Identifier: Apache-2.0
// What MLPerf Tiny's models take on a Cortex-M4 (docs/importing.md). Instructions are counted, so the limits are what
// was measured and half a percent for another compiler.
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
  const char *name, *file;
  std::int64_t instructions, code_and_constants;
};
std::string name_of(const testing::TestParamInfo<TinyBenchmark>& info) { return info.param.name; }

class OnCortexM4OfMlperfTiny : public testing::TestWithParam<TinyBenchmark> {};

TEST_P(OnCortexM4OfMlperfTiny, EveryLayerIsEqualAndWithinItsBounds) {
  STAPES_NEEDS_TEST_DATA("models/mlperf-tiny");
  const Board board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  TfliteImport imported =
      import_tflite(TfliteFile(data_path("models/mlperf-tiny/" + std::string(GetParam().file) + ".tflite")));
  for (int c = 0; c < imported.classes; ++c) imported.model.labels.push_back("class_" + std::to_string(c));
  const ExportMeasure measure = measure_model(ModelFile(serialize_model(imported.model), GetParam().name), board, {});
  EXPECT_EQ(measure.first_difference(), std::nullopt);
  EXPECT_LE(measure.run.instructions, GetParam().instructions);
  EXPECT_LE(measure.sizes.code + measure.sizes.constants, GetParam().code_and_constants);
}

INSTANTIATE_TEST_SUITE_P(Models, OnCortexM4OfMlperfTiny,
                         testing::Values(TinyBenchmark{"kws", "kws_ref_model", 3'493'000, 20'000},
                                         TinyBenchmark{"ic", "pretrainedResnet_quant", 11'467'000, 20'000},
                                         TinyBenchmark{"vww", "vww_96_int8", 9'721'000, 25'000},
                                         TinyBenchmark{"ad", "ad01_int8", 286'100, 20'000},
                                         TinyBenchmark{"sww", "str_ww_ref_model", 831'300, 20'000}),
                         name_of);

}  // namespace
}  // namespace stapes::test
