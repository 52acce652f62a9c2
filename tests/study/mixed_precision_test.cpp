// SPDX-License-Identifier: Apache-2.0
#include "study/search/mixed_precision.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "compress/budget.h"
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

// conv1 reads the input. If conv2 were binary, the 8-bit conv3 would need its own alpha for each row.
TEST(MixedPrecision, JudgesWhatCanHaveBitsAlone) {
  const Names nodes = nodes_to_judge(micro());
  EXPECT_EQ(nodes.size(), 10u);
  EXPECT_THAT(nodes, Not(Contains("conv1")));
  EXPECT_THAT(nodes, Not(Contains("conv2")));
}

// `cheap` saves as many bytes as `dear` and loses less. `fast` only saves instructions. `slow` costs more than it
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

// 1000 instructions for each 8-bit convolution, plus the square of the number of binary ones: savings are not additive.
std::int64_t made_up_count(const NetworkSpec& binary) {
  const auto bits = 11 - static_cast<std::int64_t>(binary.form.keep_8_bit.size());
  return 1000 * (11 - bits) + bits * bits;
}

TEST(MixedPrecision, TheFrontIsMeasuredNotPredicted) {
  const NetworkSpec spec = named_network("acdnet:4,5,5,6,5,6,5,6,5,6,5,6", 3, AudioInput{8000, 2000});
  const Names names = nodes_to_judge(spec);
  const auto divergence = [&](const NetworkSpec& alone, const std::string& node) {
    EXPECT_EQ(alone.form, with_bits_in(spec, {node}).form);
    return node == "conv5" ? 2.0 : 0.5;
  };
  const PrecisionReport report =
      search_precision(spec, names, 4, divergence, made_up_count, [](const auto&, auto, auto) {});
  ASSERT_EQ(report.nodes.size(), names.size());
  for (const JudgedNode& node : report.nodes) {
    EXPECT_EQ(node.divergence, node.name == "conv5" ? 2.0 : 0.5);
    EXPECT_EQ(node.instructions_saved, 999);
    EXPECT_EQ(node.flash_bytes_saved, binary_needs(untrained(with_bits_in(spec, {}))).flash_bytes -
                                          binary_needs(untrained(with_bits_in(spec, {node.name}))).flash_bytes);
  }
  ASSERT_GE(report.front.size(), 2u);
  EXPECT_LE(report.front.size(), 4u);
  for (const PrecisionChoice& choice : report.front) {
    const NetworkSpec mixed = with_bits_in(spec, choice.bits);
    EXPECT_EQ(choice.keep_8_bit, mixed.form.keep_8_bit);
    EXPECT_EQ(choice.instructions, made_up_count(mixed));
    EXPECT_EQ(choice.flash_bytes, binary_needs(untrained(mixed)).flash_bytes);
    const bool has_conv5 = std::ranges::find(choice.bits, "conv5") != choice.bits.end();
    EXPECT_EQ(choice.divergence, 0.5 * static_cast<double>(choice.bits.size()) + (has_conv5 ? 1.5 : 0));
  }
  EXPECT_THAT(report.front.back().bits, testing::IsEmpty());  // all other choices diverge
}

TEST(MixedPrecision, ANetworkWithoutSuchAConvolutionIsRefused) {
  NetworkSpec spec = micro();
  for (Node& node : spec.graph.nodes) node.precision = NodePrecision::kFp32;
  EXPECT_THAT([&] { nodes_to_judge(spec); },
              testing::ThrowsMessage<UsageError>(testing::HasSubstr("no convolution of micro-acdnet can be binary")));
}

}  // namespace
}  // namespace stapes
