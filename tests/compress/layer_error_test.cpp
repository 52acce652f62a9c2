// SPDX-License-Identifier: Apache-2.0
#include "compress/layer_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compress/pack.h"
#include "support/calibration_windows.h"
#include "support/random_network.h"

namespace stapes {
namespace {

namespace fb = packed::fb;
using test::noise;

struct Models {
  fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples));
  std::vector<LayerError> errors() const { return layer_errors(fp32, int8, noise(5, fp32.window_samples, 100)); }
};

TEST(LayerErrors, NameEveryLayerWithWeightsAndGrowAlongTheNetwork) {
  const std::vector<LayerError> errors = Models().errors();
  ASSERT_EQ(errors.size(), 13u);
  EXPECT_EQ(errors.front().layer, "conv1");
  EXPECT_EQ(errors.back().layer, "head");
  // The first layer gets the exact PCM, so its total error is its own. Later layers add to their input's error.
  EXPECT_DOUBLE_EQ(errors.front().total_db, errors.front().own_db);
  for (std::size_t i = 1; i < errors.size(); ++i) EXPECT_LT(errors[i].total_db, errors[i].own_db) << errors[i].layer;
  for (const LayerError& error : errors) {
    EXPECT_GT(error.total_db, 15) << error.layer;
    EXPECT_LT(error.own_db, 60) << error.layer;
  }
}

// Rounds the weights of one layer to 4 bits. Earlier layers must not change.
TEST(LayerErrors, NameTheLayerThatIsWorst) {
  Models models;
  const std::vector<LayerError> before = models.errors();
  for (std::int8_t& w : models.int8.layers[7]->op.AsConvI8()->weights) w = static_cast<std::int8_t>(w / 32 * 32);
  ASSERT_EQ(models.int8.layers[7]->name, "conv7");
  const std::vector<LayerError> after = models.errors();
  EXPECT_EQ(worst_layer(after).layer, "conv7");
  EXPECT_LT(worst_layer(after).own_db, worst_layer(before).own_db - 6);
  EXPECT_DOUBLE_EQ(after[5].total_db, before[5].total_db);
  EXPECT_LT(after[6].total_db, before[6].total_db - 6);
  EXPECT_DOUBLE_EQ(after[7].own_db, before[7].own_db);
}

TEST(LayerErrors, AModelAgainstItselfHasNone) {
  const Models models;
  for (const LayerError& error : layer_errors(models.fp32, models.fp32, noise(2, models.fp32.window_samples))) {
    EXPECT_EQ(error.total_db, kBestSqnrDb);
    EXPECT_EQ(error.own_db, kBestSqnrDb);
  }
}

TEST(LayerErrors, NeedAWindow) {
  const Models models;
  EXPECT_THAT([&] { layer_errors(models.fp32, models.int8, noise(0, 1800)); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("no windows")));
}

}  // namespace
}  // namespace stapes
