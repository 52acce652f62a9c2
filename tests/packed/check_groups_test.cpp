// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "packed/broken_model.h"
#include "support/sparse_rows.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::conv_bits, test::conv_f32, test::conv_i8, test::conv_pcm, test::kCorrupt, test::kUnsupported,
    test::open_bytes;

fb::ModelT grouped_fp32() { return test::tiny_model("grouped_fp32"); }
fb::ModelT grouped_int8() { return test::tiny_model("grouped_int8"); }
fb::ModelT grouped_xnor() { return test::tiny_model("grouped_xnor"); }

class CheckGroups : public testing::TestWithParam<Broken> {};
TEST_P(CheckGroups, FindsWhatIsBroken) { test::expect_found(GetParam()); }

// Layers of the grouped tiny models: 1 conv2, 4 -> 4 channels in 2 groups; 5 conv4, 34 -> 4 in 2.
const std::vector<Broken>& group_cases() {
  static const std::vector<Broken> cases = {
      {"zero", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = 0; }, kCorrupt, "groups out of range", 1},
      {"negative", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = -2; }, kCorrupt, "groups out of range", 1},
      {"input", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = 3; }, kCorrupt,
       "groups do not divide the input channels", 1},
      {"output", grouped_fp32, [](auto& m) { conv_f32(m, 5).groups = 17; }, kCorrupt,
       "groups do not divide the output channels", 5},
      {"more_than_channels", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = 8; }, kCorrupt,
       "groups do not divide the input channels", 1},
      {"f32_weights_of_one_group", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = 1; }, kCorrupt,
       "wrong number of weights", 1},
      {"f32_weights_of_more_groups", grouped_fp32, [](auto& m) { conv_f32(m, 1).groups = 4; }, kCorrupt,
       "wrong number of weights", 1},
      {"i8_zero", grouped_int8, [](auto& m) { conv_i8(m, 1).groups = 0; }, kCorrupt, "groups out of range", 1},
      {"i8_output", grouped_int8, [](auto& m) { conv_i8(m, 5).groups = 17; }, kCorrupt,
       "groups do not divide the output channels", 5},
      {"i8_weights", grouped_int8, [](auto& m) { conv_i8(m, 1).groups = 4; }, kCorrupt, "wrong number of weights", 1},
      {"i8_sparse", grouped_int8,
       [](auto& m) {
         conv_i8(m, 1).sparse = test::sparse_rows(conv_i8(m, 1).weights, 10);
         conv_i8(m, 1).weights.clear();
       },
       kUnsupported, "sparse weights in a grouped convolution", 1},
      {"pcm_zero", grouped_xnor, [](auto& m) { conv_pcm(m).groups = 0; }, kCorrupt, "groups out of range", 0},
      {"pcm_input", grouped_xnor, [](auto& m) { conv_pcm(m).groups = 2; }, kCorrupt,
       "groups do not divide the input channels", 0},
      {"bits_zero", grouped_xnor, [](auto& m) { conv_bits(m, 1).groups = 0; }, kCorrupt, "groups out of range", 1},
      {"bits_output", grouped_xnor, [](auto& m) { conv_bits(m, 5).groups = 17; }, kCorrupt,
       "groups do not divide the output channels", 5},
      {"bits_weights", grouped_xnor, [](auto& m) { conv_bits(m, 5).groups = 1; }, kCorrupt, "wrong number of weights",
       5},
      {"bits_tail", grouped_xnor, [](auto& m) { conv_bits(m, 1).weights[2] |= 1u << 10; }, kCorrupt,
       "padding bits of a filter are not 0", 1},
  };
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, CheckGroups, testing::ValuesIn(group_cases()),
                         [](const auto& info) { return info.param.name; });

// A filter only has the weights of its group: 2 channels x 5 taps, |q - zero_point| <= 255.
TEST(CheckGroupsAccepts, TheLargestSumOfAGroup) {
  fb::ModelT model = grouped_int8();
  fb::ConvI8T& conv = conv_i8(model, 1);
  std::fill_n(conv.weights.begin() + 10, 10, std::int8_t{-127});  // filter 1
  conv.shift[1] = 0;
  conv.bias[1] = (1 << 30) - 1 - 10 * 127 * 255;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
  conv.bias[1] += 1;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).what, "the sums of this layer overflow");
}

// Like the case "bits_sum", but each filter reads half of the 32768 channels.
TEST(CheckGroupsAccepts, BinarySumsThatFitBecauseOfGroups) {
  fb::ModelT model = test::tiny_xnor();
  model.tensors[4]->channels = 32768;
  conv_bits(model, 3).weights.assign(32768, 0);
  conv_bits(model, 3).thresholds->threshold.assign(32768, 0);
  conv_bits(model, 3).thresholds->falling.clear();
  conv_bits(model, 4).weights.assign(4 * 512, 0);
  conv_bits(model, 4).groups = 2;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
}

// Older files lack this field.
TEST(CheckGroupsAccepts, GroupsThatAreNotThereAsOne) {
  const fb::ConvI8T fresh;
  EXPECT_EQ(fresh.groups, 1);
  EXPECT_EQ(fb::ConvF32T().groups + fb::ConvPcmT().groups + fb::ConvBitsT().groups, 3);
}

}  // namespace
}  // namespace stapes
