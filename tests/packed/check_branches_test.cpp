// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "packed/broken_model.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::kCorrupt;

fb::ModelT branching_fp32() { return test::tiny_residual_fp32(); }
fb::ModelT branching_int8() { return test::tiny_residual_int8(); }
fb::ModelT branching_xnor() { return test::tiny_residual_xnor(); }

// Layers of fp32 and int8: 0 stem, 1 block1conv1, 2 block1conv2, 3 block1add, 4 block2conv1, 5 block2conv2,
// 6 block2projection, 7 block2add, 8 pool, 9 head. xnor: 1, 5 and 8 are thresholds, 4 and 10 additions, 11 the pool.
fb::LayerT& branch_layer(fb::ModelT& m, std::size_t i) { return *m.layers[i]; }

class CheckBranches : public testing::TestWithParam<Broken> {};
TEST_P(CheckBranches, FindsWhatIsBroken) { test::expect_found(GetParam()); }

const std::vector<Broken>& branch_cases() {
  static const std::vector<Broken> branch_cases = {
      {"one_input", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs.pop_back(); }, kCorrupt,
       "not exactly two inputs", 3},
      {"three_inputs", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs.push_back(0); }, kCorrupt,
       "not exactly two inputs", 3},
      {"second_input_beyond", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs[1] = 11; }, kCorrupt,
       "an input tensor does not exist", 3},
      {"second_input_from_the_future", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs[1] = 7; }, kCorrupt,
       "no earlier layer computes the input", 3},
      {"its_own_output", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs[1] = 4; }, kCorrupt,
       "no earlier layer computes the input", 3},
      {"two_shapes", branching_fp32, [](auto& m) { branch_layer(m, 3).inputs[1] = 0; }, kCorrupt,
       "the inputs and the output of an addition differ in shape", 3},
      {"f32_dtype", branching_fp32, [](auto& m) { m.tensors[4]->dtype = fb::DType::kI8; }, kCorrupt,
       "AddF32 requires kF32 inputs and output", 3},
      {"i8_dtype", branching_int8, [](auto& m) { m.tensors[4]->dtype = fb::DType::kF32, m.tensors[4]->zero_point = 0; },
       kCorrupt, "AddI8 requires kI8 inputs and output", 3},
      {"i8_shift", branching_int8, [](auto& m) { branch_layer(m, 3).op.AsAddI8()->shift_b = 1; }, kCorrupt,
       "multiplier or shift out of range", 3},
      {"i8_multiplier", branching_int8, [](auto& m) { branch_layer(m, 3).op.AsAddI8()->multiplier_a = 5; }, kCorrupt,
       "multiplier or shift out of range", 3},
      {"i8_sum", branching_int8, [](auto& m) { branch_layer(m, 3).op.AsAddI8()->shift = 2; }, kCorrupt,
       "the sums of this layer overflow", 3},
      {"i8_range", branching_int8, [](auto& m) { branch_layer(m, 3).op.AsAddI8()->minimum = -129; }, kCorrupt,
       "minimum or maximum out of range", 3},
      {"i8_order", branching_int8,
       [](auto& m) { branch_layer(m, 3).op.AsAddI8()->maximum = -128, branch_layer(m, 3).op.AsAddI8()->minimum = 0; },
       kCorrupt, "minimum above maximum", 3},
      {"i32_dtype", branching_xnor, [](auto& m) { m.tensors[5]->dtype = fb::DType::kI16; }, kCorrupt,
       "AddI32 requires kI16 as first input, kI16 or kI32 as second input, and kI32 output", 4},
      {"i32_multipliers", branching_xnor, [](auto& m) { branch_layer(m, 4).op.AsAddI32()->multiplier_b.pop_back(); },
       kCorrupt, "expected one multiplier per channel and branch", 4},
      {"i32_sum", branching_xnor, [](auto& m) { branch_layer(m, 4).op.AsAddI32()->multiplier_a[3] = 10'000'000; },
       kCorrupt, "the sums of this layer overflow", 4},
      {"i32_lowest", branching_xnor, [](auto& m) { branch_layer(m, 4).op.AsAddI32()->multiplier_a[3] = INT32_MIN; },
       kCorrupt, "the sums of this layer overflow", 4},
      {"threshold_nothing", branching_xnor, [](auto& m) { branch_layer(m, 1).op.AsThreshold()->thresholds.reset(); },
       kCorrupt, "no thresholds", 1},
      {"threshold_count", branching_xnor,
       [](auto& m) { branch_layer(m, 1).op.AsThreshold()->thresholds->threshold.pop_back(); }, kCorrupt,
       "wrong number of thresholds", 1},
      {"threshold_dtype", branching_xnor, [](auto& m) { branch_layer(m, 1).inputs[0] = 0; }, kCorrupt,
       "Threshold must keep the shape", 1},
      {"pool_shift", branching_xnor, [](auto& m) { branch_layer(m, 11).op.AsAveragePool()->shift = 31; }, kCorrupt,
       "shift out of range", 11},
      {"pool_shift_of_i8", branching_int8, [](auto& m) { branch_layer(m, 8).op.AsAveragePool()->shift = 1; }, kCorrupt,
       "only an AveragePool with kI32 input may have a shift", 8},
      {"signed_and_decided", branching_xnor, [](auto& m) { branch_layer(m, 2).op.AsConvBits()->signed_sums = true; },
       kCorrupt, "both thresholds and signed sums", 2},
  };
  return branch_cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, CheckBranches, testing::ValuesIn(branch_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(CostOfBranches, CountsReluOnceAndEachBatchNorm) {
  const auto cost = [](const fb::ModelT& model, std::uint32_t i) {
    const ModelFile file(serialize_model(model), "residual");
    return layer_cost(file.model(), *file.model().layers()->Get(i));
  };
  EXPECT_EQ(cost(branching_fp32(), 0).macs, 49 * 34 * 9 * 2);
  EXPECT_EQ(cost(branching_fp32(), 2).paper_flops, cost(branching_fp32(), 2).macs)
      << "its ReLU comes after the addition";
  EXPECT_EQ(cost(branching_fp32(), 3).macs, 0);
  EXPECT_EQ(cost(branching_fp32(), 3).paper_flops, 49 * 34);
  EXPECT_EQ(cost(branching_fp32(), 6).parameters_32bit, 34 * 5 + 2 * 5);
  EXPECT_EQ(cost(branching_xnor(), 4).constants.rescaling, 2 * 34 * 4);
  EXPECT_EQ(cost(branching_xnor(), 1).constants.thresholds, 34 * 5);
  EXPECT_EQ(cost(branching_xnor(), 9).parameters_1bit, 34 * 5 + 2 * 34)
      << "a projection has a batch norm in front, too";
}

}  // namespace
}  // namespace stapes
