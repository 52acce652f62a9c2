// SPDX-License-Identifier: Apache-2.0
#include "measure/model_speed.h"

#include <gtest/gtest.h>

#include "packed/writer.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

TEST(ModelSpeed, TimesOfLayersAddUpToAWindow) {
  const fb::ModelT model = test::acdnet_model("xnor", test::kMicroWidths, 10);
  const auto host = std::make_shared<const HostModel>(std::make_shared<const ModelFile>(serialize_model(model), "test"),
                                                      Isa::kScalar);
  const MachinePeaks peaks(Cpu::scalar(), 10'000);
  const ModelSpeed speed = measure_speed(host, peaks, {.seconds = 1, .threads = 2});
  ASSERT_EQ(speed.layers.size(), 15u);
  EXPECT_GE(speed.windows, kLeastRounds);
  double layers = 0;
  for (const LayerSpeed& layer : speed.layers) {
    EXPECT_GE(layer.time.median_seconds, layer.time.least_seconds * 0.5) << layer.work.name;
    EXPECT_GT(layer.bound_seconds, 0) << layer.work.name;
    layers += layer.time.least_seconds;
  }
  // Least times: a busy machine stretches medians, of windows and layers in different ways.
  EXPECT_GT(layers, 0.5 * speed.window.least_seconds);
  EXPECT_LT(layers, 2 * speed.window.least_seconds);
  EXPECT_GT(speed.threads_windows_per_second, 0);
}

}  // namespace
}  // namespace stapes
