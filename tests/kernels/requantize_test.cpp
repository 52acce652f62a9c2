// SPDX-License-Identifier: Apache-2.0
#include "kernels/requantize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"
#include "kernels/channel_rescale.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/rescale_oracle.h"

namespace stapes {
namespace {

TEST(Rescale, RoundsTwice) {
  constexpr std::int32_t kHalf = 1 << 30;
  EXPECT_EQ(rescale(3, kHalf, 0), 2);
  EXPECT_EQ(rescale(-3, kHalf, 0), -1);        // ties up
  EXPECT_EQ(rescale(-6, kHalf, -1), -2);       // -3, then -1.5: ties away from zero
  EXPECT_EQ(rescale(5, kHalf, -1), 2);         // 2.5 -> 3, 1.5 -> 2: rounded twice
  EXPECT_EQ(rescale(9, kHalf, -2), 1);         // 4.5 -> 5, 1.25 -> 1
  EXPECT_EQ(rescale_once(5, kHalf, -1), 1);    // 1.25
  EXPECT_EQ(rescale_once(-6, kHalf, -1), -1);  // -1.5: ties up
  EXPECT_EQ(rescale(11, kHalf, -2), 2);        // 5.5 -> 6, 1.5 -> 2; rounded once: 1
  EXPECT_EQ(rescale(-11, kHalf, -2), -1);      // -5.5 -> -5, -1.25 -> -1
  EXPECT_EQ(rescale(3, kHalf, 3), 12);
  EXPECT_EQ(rescale(123456, 0, 0), 0);
}

TEST(Rescale, EqualsTheDefinition) {
  Philox rng(2, Philox::Purpose::kTest);
  for (int i = 0; i < 200'000; ++i) {
    const int shift = static_cast<int>(rng.below(62)) - 31;
    const int left = shift > 0 ? shift : 0;
    const std::int32_t limit = (1 << 30) >> left;
    const auto x = static_cast<std::int32_t>(rng.next_u32() % (2u * static_cast<std::uint32_t>(limit) + 1)) - limit;
    const auto multiplier = static_cast<std::int32_t>((1u << 30) + rng.below(1u << 30));
    ASSERT_EQ(rescale(x, multiplier, shift), test::rescale_by_definition(x, multiplier, shift))
        << x << " * " << multiplier << " shift " << shift;
  }
}

TEST(Rescale, EqualsTheDefinitionAtTheEnds) {
  for (const std::int32_t multiplier : {1 << 30, (1 << 30) + 1, 2147483646, 2147483647}) {
    for (int shift = -31; shift <= 30; ++shift) {
      const std::int32_t limit = (1 << 30) >> (shift > 0 ? shift : 0);
      for (const std::int32_t x : {-limit, -limit + 1, -3, -2, -1, 0, 1, 2, 3, limit - 1, limit}) {
        if (x > limit || x < -limit) continue;  // the precondition
        ASSERT_EQ(rescale(x, multiplier, shift), test::rescale_by_definition(x, multiplier, shift))
            << x << ' ' << shift;
      }
    }
  }
}

// Includes the multiplication for small cores.
TEST(DoublingHighMul, OfHalvesAndOfThisProcessorEqualsTheDefinition) {
  const auto expect_equal = [](std::int32_t x, std::int32_t multiplier) {
    const std::int32_t high = rounding_doubling_high_mul(x, multiplier);
    ASSERT_EQ(doubling_high_mul_of_halves(x, multiplier), high) << x << " * " << multiplier;
    ASSERT_EQ(doubling_high_mul(x, multiplier), high) << x << " * " << multiplier;
  };
  constexpr std::int32_t kLimit = (1 << 30) - 1;
  for (const std::int32_t multiplier : {0, 1 << 30, (1 << 30) + 1, 0x7FFF8000, 0x7FFF0000, 0x4000FFFF, 0x7FFFFFFF}) {
    for (const std::int32_t near : {-kLimit + 3, -65536, -32768, 0, 32768, 65536, kLimit - 0x8000, kLimit - 3}) {
      for (std::int32_t x = near - 3; x <= near + 3; ++x) expect_equal(x, multiplier);
    }
  }
  Philox rng(3, Philox::Purpose::kTest);
  for (int i = 0; i < 200'000; ++i) {
    const auto x = static_cast<std::int32_t>(rng.below(2u * kLimit + 1)) - kLimit;
    expect_equal(x, static_cast<std::int32_t>((1u << 30) + rng.below(1u << 30)));
  }
}

// The max-pool may work on sums only if rescaling is monotonic.
TEST(Rescale, IsMonotonic) {
  for (const int shift : {-9, -1, 0, 2}) {
    for (std::int32_t x = -4000; x < 4000; ++x) {
      ASSERT_LE(rescale(x, 1'500'000'000, shift), rescale(x + 1, 1'500'000'000, shift)) << x;
    }
  }
}

TEST(QuantizeMultiplier, KeepsTheFactorTo31Bits) {
  Philox rng(3, Philox::Purpose::kTest);
  for (int i = 0; i < 10'000; ++i) {
    const double factor = std::exp(rng.uniform(-20, 15));
    const FixedPointFactor f = quantize_multiplier(factor);
    ASSERT_GE(f.multiplier, 1 << 30);
    EXPECT_NEAR(f.multiplier * std::exp2(f.shift - 31) / factor, 1,
                0x1p-31);  // half a unit, for multipliers of at least 2^30
  }
}

TEST(QuantizeMultiplier, KnowsItsSpecialCases) {
  const auto is = [](FixedPointFactor f, std::int32_t multiplier, std::int32_t shift) {
    return f.multiplier == multiplier && f.shift == shift;
  };
  EXPECT_TRUE(is(quantize_multiplier(0.5), 1 << 30, 0));
  EXPECT_TRUE(is(quantize_multiplier(1.0), 1 << 30, 1));
  EXPECT_TRUE(is(quantize_multiplier(1.0 - 1e-12), 1 << 30, 1));  // rounds up to the next power
  EXPECT_TRUE(is(quantize_multiplier(0.0), 0, 0));
  EXPECT_TRUE(is(quantize_multiplier(0x1p-32), 1 << 30, -31));
  EXPECT_TRUE(is(quantize_multiplier(0x1p-33), 0, 0));
  EXPECT_TRUE(is(quantize_multiplier(1e30), INT32_MAX, 30));
}

TEST(ClampI8, CutsAtBothEnds) {
  EXPECT_EQ(clamp_to<std::int8_t>(300, -128, 127), 127);
  EXPECT_EQ(clamp_to<std::int8_t>(-300, -128, 127), -128);
  EXPECT_EQ(clamp_to<std::int8_t>(5, 7, 9), 7);
}

}  // namespace
}  // namespace stapes
