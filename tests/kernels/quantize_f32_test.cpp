// SPDX-License-Identifier: Apache-2.0
#include "kernels/quantize_f32.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace stapes {
namespace {

TEST(QuantizeF32, RoundsHalvesAwayFromZeroAndNothingElse) {
  EXPECT_EQ(quantize_f32(0.5f, 1, 0), 1);
  EXPECT_EQ(quantize_f32(-0.5f, 1, 0), -1);
  EXPECT_EQ(quantize_f32(0.49999997f, 1, 0), 0);
  EXPECT_EQ(quantize_f32(-0.49999997f, 1, 0), 0);
  EXPECT_EQ(quantize_f32(2.5f, 1, -10), -7);
}

TEST(QuantizeF32, Saturates) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float large : {128.0f, 1e30f, kInfinity}) {
    EXPECT_EQ(quantize_f32(large, 1, 0), 127);
    EXPECT_EQ(quantize_f32(-large - 1, 1, 0), -128);
    EXPECT_EQ(quantize_f32(1, 1 / large, 127), 127);
  }
  EXPECT_EQ(quantize_f32(255, 1, -128), 127);
  EXPECT_EQ(quantize_f32(-255, 1, 127), -128);
  EXPECT_EQ(quantize_f32(std::nanf(""), 1, 0), -128);
}

TEST(QuantizeF32, GivesBackWhatAnActivationMeans) {
  for (int q = -128; q <= 127; ++q) {
    for (const float scale : {1.0f, 0.05f, 1.0f / 3, 1e-6f, 7e5f}) {
      EXPECT_EQ(quantize_f32(dequantize(q, scale, -5), scale, -5), q) << scale;
    }
  }
}

}  // namespace
}  // namespace stapes
