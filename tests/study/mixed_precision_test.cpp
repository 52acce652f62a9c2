// SPDX-License-Identifier: Apache-2.0
#include "study/search/mixed_precision.h"

#include <gmock/gmock.h>

#include "graph/networks.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using Names = std::vector<std::string>;

NetworkSpec micro() { return named_network("micro-acdnet", 10, AudioInput{20000, 30225}); }

TEST(MixedPrecision, KeepsEightBitsWhereNoBitsAreAskedFor) {
  const NetworkSpec mixed = with_bits_in(micro(), {"conv4", "conv12"});
  EXPECT_TRUE(mixed.binary);
  EXPECT_THAT(mixed.form.keep_8_bit,
              ElementsAre("conv2", "conv3", "conv5", "conv6", "conv7", "conv8", "conv9", "conv10", "conv11"));
}

// conv1 reads the input, and behind conv2 in bits each row of conv3, in 8 bits, would have its own alpha.
TEST(MixedPrecision, JudgesWhatCanHaveBitsAlone) {
  const Names nodes = nodes_to_judge(micro());
  EXPECT_EQ(nodes.size(), 10u);
  EXPECT_THAT(nodes, Not(Contains("conv1")));
  EXPECT_THAT(nodes, Not(Contains("conv2")));
}

// `cheap` saves as many bytes as `dear` and loses less; `fast` saves instructions only; `slow` costs more than it
// saves.
TEST(MixedPrecision, LeastLossPerSavingComesFirst) {
  const std::vector<JudgedNode> nodes = {
      {"cheap", 0.1, 1000, 10}, {"dear", 0.5, 1000, 10}, {"fast", 0.2, 0, 5000}, {"slow", 0.1, -10, -10}};
  const std::vector<Names> choices = choices_to_measure(nodes);
  EXPECT_THAT(choices, Contains(Names{}));
  EXPECT_THAT(choices, Contains(Names{"cheap"}));
  EXPECT_THAT(choices, Contains(Names{"fast"}));
  EXPECT_THAT(choices, Contains(Names{"cheap", "dear", "fast"}));
  EXPECT_THAT(choices, Not(Contains(Names{"dear"})));
  for (const Names& choice : choices) EXPECT_THAT(choice, Not(Contains("slow")));
}

PrecisionChoice choice(double divergence, std::int64_t flash_bytes, std::int64_t instructions) {
  return {{}, {}, divergence, flash_bytes, instructions};
}

TEST(MixedPrecision, TheFrontHasWhatNoOtherBeats) {
  std::vector<PrecisionChoice> choices = {choice(3, 10, 10), choice(1, 30, 30), choice(2, 20, 20),
                                          choice(2, 25, 20), choice(2, 20, 20), choice(4, 20, 5)};
  keep_pareto_front(choices);
  ASSERT_EQ(choices.size(), 4u);
  EXPECT_EQ(choices[0].flash_bytes, 10);
  EXPECT_EQ(choices[1].flash_bytes, 20);
  EXPECT_EQ(choices[3].flash_bytes, 30);
  EXPECT_EQ(spread(choices, 2)[1].flash_bytes, 30);
  EXPECT_EQ(spread(choices, 9).size(), 4u);
}

}  // namespace
}  // namespace stapes
