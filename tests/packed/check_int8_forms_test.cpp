// SPDX-License-Identifier: Apache-2.0
// Int8 models beyond dense 8-bit layers: an 8-bit input, float layers, sparse weights.
#include <gtest/gtest.h>

#include "packed/broken_model.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::conv_i8, test::kCorrupt;

fb::ModelT int8_input() { return test::tiny_int8_input(); }
fb::ModelT kept() { return test::tiny_kept(); }
fb::ModelT sparse() { return test::tiny_sparse(); }

class CheckInt8Forms : public testing::TestWithParam<Broken> {};
TEST_P(CheckInt8Forms, FindsWhatIsBroken) { test::expect_found(GetParam()); }

// Layers of the tiny models: 0 conv1, 1 conv2, 2 swap, 3 conv3, 4 conv4, 5 pool, 6 head. Layer i outputs tensor i + 1.
const std::vector<Broken>& cases() {
  static const std::vector<Broken> cases = {
      {"zero_point_input", int8_input, [](auto& m) { m.tensors[0]->zero_point = -129; }, kCorrupt,
       "a tensor's zero point is out of range", -1},
      {"i8_input_sum", int8_input, [](auto& m) { conv_i8(m, 0).shift[0] = 16; }, kCorrupt,
       "the sums of this layer overflow", 0},
      {"f32_kept_sum", kept, [](auto& m) { conv_i8(m, 1).shift[0] = 15; }, kCorrupt, "the sums of this layer overflow",
       1},
      {"f32_head_to_i8", kept, [](auto& m) { m.tensors[7]->dtype = fb::DType::kI8; }, kCorrupt,
       "LinearF32 requires kF32 or kI8 input and kF32 output", 6},
      {"sparse_and_dense", sparse, [](auto& m) { conv_i8(m, 0).weights.assign(27, 1); }, kCorrupt,
       "both dense and sparse weights", 0},
      {"sparse_neither", sparse, [](auto& m) { conv_i8(m, 0).sparse.reset(); }, kCorrupt, "wrong number of weights", 0},
      {"sparse_to_i16", sparse, [](auto& m) { m.tensors[1]->dtype = fb::DType::kI16, m.tensors[1]->zero_point = 0; },
       kCorrupt, "sparse weights require kI8 output", 0},
      {"sparse_rows_missing", sparse, [](auto& m) { conv_i8(m, 0).sparse->entries.pop_back(); }, kCorrupt,
       "wrong number of sparse entry counts", 0},
      {"sparse_no_rows", sparse, [](auto& m) { conv_i8(m, 0).sparse->entries.clear(); }, kCorrupt,
       "wrong number of sparse entry counts", 0},
      {"sparse_entries_high", sparse, [](auto& m) { conv_i8(m, 0).sparse->entries[1] = 65535; }, kCorrupt,
       "wrong number of sparse weights", 0},
      {"sparse_entries_low", sparse, [](auto& m) { conv_i8(m, 0).sparse->entries.assign(3, 0); }, kCorrupt,
       "wrong number of sparse weights", 0},
      {"sparse_gaps", sparse, [](auto& m) { conv_i8(m, 0).sparse->gaps.push_back(0); }, kCorrupt,
       "wrong number of sparse weights", 0},
      {"sparse_no_gaps", sparse, [](auto& m) { conv_i8(m, 0).sparse->gaps.clear(); }, kCorrupt,
       "wrong number of sparse weights", 0},
      {"sparse_values", sparse, [](auto& m) { conv_i8(m, 0).sparse->values.pop_back(); }, kCorrupt,
       "wrong number of sparse weights", 0},
      {"sparse_gap_beyond_row", sparse, [](auto& m) { conv_i8(m, 0).sparse->gaps[0] = 9; }, kCorrupt,
       "a sparse weight after the end of its row", 0},
      {"sparse_sum", sparse, [](auto& m) { conv_i8(m, 0).shift[2] = 30; }, kCorrupt, "the sums of this layer overflow",
       0},
  };
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, CheckInt8Forms, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace stapes
