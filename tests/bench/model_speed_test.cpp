// SPDX-License-Identifier: Apache-2.0
#include "bench/model_speed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/layer_clock.h"
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
  EXPECT_GE(speed.windows, kMinRounds);
  double layers = 0, medians = 0;
  for (const LayerSpeed& layer : speed.layers) {
    EXPECT_GT(layer.time.min_seconds, 0) << layer.work.name;
    EXPECT_GT(layer.bound_seconds, 0) << layer.work.name;
    layers += layer.time.min_seconds;
    medians += layer.time.median_seconds;  // front-end times are differences and may be 0
  }
  EXPECT_GE(medians, 0.5 * layers);
  // Minimum times: on a busy machine, medians grow unequally.
  EXPECT_GT(layers, 0.5 * speed.window.min_seconds);
  EXPECT_LT(layers, 2 * speed.window.min_seconds);
  EXPECT_GT(speed.threads_windows_per_second, 0);
}

// The time of a front-end layer includes the layers before it, since they run interleaved.
TEST(LayerClock, TimesEachFrontEndLayer) {
  for (const std::size_t count : {1, 3}) {
    const fb::ModelT model = test::tiny_model("waves" + std::to_string(count) + "_int8");
    LayerClock clock(std::make_shared<const HostModel>(
        std::make_shared<const ModelFile>(serialize_model(model), "test"), Isa::kScalar));
    ASSERT_EQ(clock.front_end().layers, count);
    const std::vector<std::int16_t> wave = test::tiny_pcm(5);
    std::vector<double> least(model.layers.size(), 1);
    for (int round = 0; round < 200; ++round) {
      const std::span<const double> seconds = clock.time_window(wave);
      for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], seconds[i]);
    }
    for (std::size_t i = 0; i < least.size(); ++i) EXPECT_GT(least[i], 0) << i;
    for (std::size_t i = 1; i < count; ++i) EXPECT_GT(least[i], least[i - 1]) << "all layers up to this one";
  }
}

}  // namespace
}  // namespace stapes
