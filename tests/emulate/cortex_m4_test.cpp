// SPDX-License-Identifier: Apache-2.0
// Performance targets on a Cortex-M4 for networks of the published shapes. Instructions and bytes are counted exactly;
// weights hardly affect them.
#include <gtest/gtest.h>

#include "emulate/board_or_skip.h"
#include "emulate/measure_model.h"
#include "packed/cost.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"

namespace stapes::test {
namespace {

struct Measured {
  Cost cost;
  ExportMeasure measure;
  std::int64_t binary_instructions = 0;  // of layers with binary MACs
};

Measured on_cortex_m4(const char* route, const AcdnetWidths& widths) {
  const ModelFile file(serialize_model(acdnet_model(route, widths, 50)), route);
  const fb::Model& model = file.model();
  Measured m{model_cost(model), measure_model(file, find_board("cortex-m4"), {})};
  EXPECT_EQ(m.measure.first_difference(), std::nullopt);
  for (std::size_t i = 0; i < m.measure.layers.size(); ++i) {
    if (layer_cost(model, *model.layers()->Get(static_cast<std::uint32_t>(i))).binary_macs > 0) {
      m.binary_instructions += m.measure.layers[i].elapsed;
    }
  }
  return m;
}

TEST(OnCortexM4OfAcdnet, Int8OfAcdnet20StaysWithinItsBounds) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const Measured m = on_cortex_m4("int8", kAcdnet20Widths);
  EXPECT_LE(m.measure.run.instructions * 10, m.cost.macs * 17);
  EXPECT_LE(m.measure.ram_bytes(), 40'000);
  EXPECT_LE(m.measure.sizes.code + m.measure.sizes.constants, 30'000);
  EXPECT_LE(m.measure.flash_bytes(), 200'000);
}

TEST(OnCortexM4OfAcdnet, ABinaryMacOfTheWholeNetworkTakesLessThanFourTenthsOfAnInstruction) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const Measured m = on_cortex_m4("xnor", kAcdnetWidths);
  EXPECT_GT(m.cost.binary_macs, 540'000'000);
  EXPECT_LE(m.binary_instructions * 10, m.cost.binary_macs * 4);
  EXPECT_LE(m.measure.ram_bytes(), 32'000);
  EXPECT_LE(m.measure.flash_bytes(), 680'000);
}

TEST(OnCortexM4OfAcdnet, BinaryMicroTakesAtMostHalfOfInt8Micro) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const Measured bits = on_cortex_m4("xnor", kMicroWidths), bytes = on_cortex_m4("int8", kMicroWidths);
  EXPECT_LE(bits.measure.run.instructions * 2, bytes.measure.run.instructions);
}

}  // namespace
}  // namespace stapes::test
