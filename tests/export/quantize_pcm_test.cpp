// SPDX-License-Identifier: Apache-2.0
#include "kernels/quantize_pcm.h"

#include <gtest/gtest.h>

#include "export/exports.h"
#include "export/pcm_steps.h"
#include "kernels/quantize_f32.h"

namespace stapes {
namespace {

struct Grid {
  float scale;
  int zero_point;
};

class QuantizePcm : public testing::TestWithParam<Grid> {};

TEST_P(QuantizePcm, IsQuantizeF32OfEverySample) {
  const auto [scale, zero_point] = GetParam();
  fb::ModelT model = test::tiny_int8_input();
  model.tensors[0]->scale = scale;
  model.tensors[0]->zero_point = zero_point;
  const ModelFile file = test::model_file(model);
  const PcmStepTable made = pcm_steps(*file.model().tensors()->Get(0));
  ASSERT_LE(made.steps.size(), 255u);
  const PcmSteps table = {made.steps.data(), static_cast<std::int32_t>(made.steps.size()), made.lowest};
  for (std::int32_t pcm = INT16_MIN; pcm <= INT16_MAX; ++pcm) {
    const std::int8_t want = quantize_f32(static_cast<float>(pcm) / 32768.0f, scale, zero_point);
    ASSERT_EQ(quantize_pcm(static_cast<std::int16_t>(pcm), table), want) << pcm;
  }
}

INSTANTIATE_TEST_SUITE_P(Grids, QuantizePcm,
                         testing::Values(Grid{1.0f / 128, 0}, Grid{1.0f / 100, 3}, Grid{0.0078f, -128}, Grid{1e-6f, 7},
                                         Grid{1e6f, -5}, Grid{1.0f / 3, 127}));

}  // namespace
}  // namespace stapes
