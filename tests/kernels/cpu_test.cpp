// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "kernels/variant.h"

namespace stapes {
namespace {

std::vector<Isa> all_isas() {
  std::vector<Isa> all;
  for (int i = 0; i < kIsaCount; ++i) all.push_back(static_cast<Isa>(i));
  return all;
}

class EveryIsa : public testing::TestWithParam<Isa> {};

// Variants skipped here are not tested at all in this run.
TEST_P(EveryIsa, IsTestedHere) {
  if (!Cpu::detect().can_run(GetParam())) GTEST_SKIP() << "this processor has no " << to_string(GetParam());
}

TEST_P(EveryIsa, LimitsToWhatItNeeds) {
  const Cpu limited = Cpu::detect().limited_to(GetParam());
  EXPECT_TRUE(limited.can_run(Isa::kScalar));
  EXPECT_EQ(limited.can_run(GetParam()), Cpu::detect().can_run(GetParam()));
  for (const Isa other : all_isas()) {
    const bool wider = other > GetParam();
    EXPECT_FALSE(wider && limited.can_run(other)) << to_string(other);
  }
}

INSTANTIATE_TEST_SUITE_P(Names, EveryIsa, testing::ValuesIn(all_isas()), [](const auto& info) {
  std::string name = to_string(info.param);
  std::erase(name, '-');
  return name;
});

TEST(Isa, NamesAreDistinct) {
  std::set<std::string> names;
  for (const Isa isa : all_isas()) names.insert(to_string(isa));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kIsaCount));
  EXPECT_FALSE(names.contains(""));
}

TEST(Cpu, ScalarHasNothingElse) {
  for (const Isa isa : all_isas()) EXPECT_EQ(Cpu::scalar().can_run(isa), isa == Isa::kScalar);
}

struct NoArgs {};

ConvShape with_channels(int in_c) {
  ConvShape shape{};
  shape.in_c = in_c;
  return shape;
}

TEST(Pick, TakesTheLastThatRunsAndSuits) {
  const Variant<NoArgs> list[] = {
      {.isa = Isa::kScalar, .run = nullptr},
      {.isa = Isa::kScalar, .run = nullptr},
      {.isa = Isa::kScalar, .run = nullptr, .suits = [](const ConvShape& s) noexcept { return s.in_c > 3; }},
      {.isa = Isa::kAvx2, .run = nullptr},
  };
  EXPECT_EQ(pick(all_of(list), with_channels(3), Cpu::scalar()), 1);
  EXPECT_EQ(pick(all_of(list), with_channels(4), Cpu::scalar()), 2);
}

struct WeightArgs {
  int weight;
};

TEST(CpuIsSmallCore, AsLongAsItHasNothingOfALargeOne) {
  EXPECT_TRUE(Cpu::scalar().is_small_core());
  for (const Isa isa : {Isa::kPlain, Isa::kArmDsp, Isa::kMve, Isa::kRvZbb})
    EXPECT_TRUE(Cpu::having(isa).is_small_core()) << to_string(isa);
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kNeon, Isa::kNeonDot, Isa::kWasmSimd}) {
    EXPECT_FALSE(Cpu::having(isa).is_small_core()) << to_string(isa);
    EXPECT_TRUE(Cpu::having(isa).limited_to(Isa::kPlain).is_small_core()) << to_string(isa);
  }
}

TEST(Pick, AsksWhetherTheWeightsAreAccepted) {
  const Variant<WeightArgs> list[] = {
      {.isa = Isa::kScalar, .run = nullptr},
      {.isa = Isa::kScalar, .run = nullptr, .accepts = [](const WeightArgs& a) noexcept { return a.weight < 8; }},
  };
  const WeightArgs small{7}, large{8};
  EXPECT_EQ(pick(all_of(list), with_channels(3), Cpu::scalar(), &small), 1);
  EXPECT_EQ(pick(all_of(list), with_channels(3), Cpu::scalar(), &large), 0);
  EXPECT_EQ(pick(all_of(list), with_channels(3), Cpu::scalar()), 1);
}

ConvShape depthwise(int32_t channels, int32_t filters_each, int32_t in_h, int32_t in_w) {
  ConvShape shape = with_channels(channels);
  shape.groups = channels;
  shape.out_c = channels * filters_each;
  shape.in_h = in_h;
  shape.in_w = in_w;
  return shape;
}

// The reader accepts large layers. Spread copies must neither overflow nor exhaust memory.
TEST(SuitsGrouped, NoLayerTooLargeToSpread) {
  EXPECT_TRUE(suits_grouped(depthwise(64, 1, 40, 40)));
  EXPECT_TRUE(suits_grouped(depthwise(64, kMaxSpreadFilters, 40, 40)));
  EXPECT_FALSE(suits_grouped(depthwise(64, kMaxSpreadFilters + 1, 40, 40)));
  EXPECT_TRUE(suits_grouped(depthwise(1 << 10, 1, 1 << 7, 1 << 7)));
  EXPECT_FALSE(suits_grouped(depthwise(1 << 10, 1, 1 << 7, (1 << 7) + 1)));
  ConvShape padded = depthwise(1 << 10, 1, 1 << 7, 1 << 7);
  padded.pad_w = 1;
  EXPECT_FALSE(suits_grouped(padded));
  EXPECT_FALSE(suits_grouped(depthwise((1 << 24) + 1, 1, 1, 1)));
  ConvShape whole = depthwise(64, 1, 40, 40);
  whole.groups = 1;
  EXPECT_FALSE(suits_grouped(whole));
}

}  // namespace
}  // namespace stapes
