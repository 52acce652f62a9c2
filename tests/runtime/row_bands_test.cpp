// SPDX-License-Identifier: Apache-2.0
#include "runtime/row_bands.h"

#include <gtest/gtest.h>

#include "kernels/loops/schedule/conv_rows.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/arena_layout.h"
#include "runtime/guarded_run.h"
#include "runtime/layer_collector.h"
#include "support/acdnet_models.h"
#include "support/layer_by_layer.h"

namespace stapes {
namespace {

using test::GuardedRun;

bool begins_with(const std::vector<std::byte>& whole, const std::vector<std::byte>& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// Holds every possible set of tensors in rows. Each layer must output the rows that it outputs when run whole, from the
// first on. Layers not held in rows must output all.
void expect_bands_change_nothing(const fb::ModelT& made, const Cpu& cpu) {
  const ModelFile file(serialize_model(made), "bands");
  const fb::Model& model = file.model();
  const auto wave = test::tiny_wave(1, model.window_samples());
  std::vector<std::byte> input(tensor_bytes(*model.tensors()->Get(0)));
  load_samples({.real = wave.data()}, 0, wave.size(), sample_format(*model.tensors()->Get(0)), input.data());
  const auto want = test::run_layer_by_layer(model, input, cpu);
  std::vector<std::size_t> could;
  for (std::size_t i = 2; i < model.layers()->size(); ++i) {
    if (can_hold_rows(model, i)) could.push_back(i);
  }
  ASSERT_FALSE(could.empty());
  ExecutionPlan plan;
  ASSERT_EQ(make_plan(model, cpu, plan), Status::kOk);
  const std::vector<float> scores = GuardedRun(plan).run(wave, nullptr);
  for (unsigned set = 0; set < 1u << could.size(); ++set) {
    SCOPED_TRACE(set);
    for (std::size_t c = 0; c < could.size(); ++c) plan.in_rows[could[c]] = (set >> c) % 2 == 1;
    ASSERT_EQ(lay_out(cpu, plan), Status::kOk);
    LayerCollector collector(model);
    GuardedRun run(plan);
    EXPECT_EQ(run.run(wave, &collector), scores);
    EXPECT_EQ(run.run(wave, nullptr), scores);
    for (std::uint32_t i = 2; i < model.layers()->size(); ++i) {
      const auto& whole = want[static_cast<std::size_t>(model.layers()->Get(i)->output())];
      const auto& got = collector.bytes(static_cast<int>(i));
      EXPECT_TRUE(begins_with(whole, got)) << "layer " << i;
      if (!plan.in_rows[i]) {
        EXPECT_EQ(got.size(), whole.size()) << "layer " << i;
      }
    }
  }
}

class EveryTinyModel : public testing::TestWithParam<const char*> {};

TEST_P(EveryTinyModel, GivesTheSameBitsInBands) {
  const fb::ModelT model = test::tiny_model(GetParam());
  expect_bands_change_nothing(model, Cpu::scalar());
  // Not fp32: a band may use another fast float kernel, which adds in a different order.
  if (model.route != "fp32") expect_bands_change_nothing(model, Cpu::detect());
}

INSTANTIATE_TEST_SUITE_P(Routes, EveryTinyModel,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "logistic", "residual_fp32", "residual_int8",
                                         "residual_xnor"));

struct BandCase {
  const char* name;
  int height;
  std::vector<test::AcdnetConv> convs;
};

class Bands : public testing::TestWithParam<std::tuple<const char*, BandCase>> {};

TEST_P(Bands, GiveTheSameBitsAsWholeLayers) {
  const auto& [route, shapes] = GetParam();
  const fb::ModelT model = test::AcdnetBuilder(route, 1000, 8000, 3).build(shapes.height, shapes.convs);
  expect_bands_change_nothing(model, Cpu::scalar());
  if (std::string(route) != "fp32") expect_bands_change_nothing(model, Cpu::detect());
}

// Windows: kernel, stride, pad and pool, each height then width. The input has 12 columns.
INSTANTIATE_TEST_SUITE_P(
    OddShapes, Bands,
    testing::Combine(
        testing::Values("fp32", "int8", "xnor"),
        testing::Values(
            BandCase{"as_acdnet",
                     16,
                     {{5, {3, 3, 1, 1, 1, 1, 2, 2}}, {6, {3, 3, 1, 1, 1, 1, 1, 1}}, {7, {3, 3, 1, 1, 1, 1, 2, 2}}}},
            BandCase{"many_channels", 7, {{33, {3, 3, 1, 1, 1, 1, 1, 1}}, {65, {3, 3, 1, 1, 1, 1, 2, 2}}}},
            BandCase{"pool_remainder", 11, {{5, {3, 3, 1, 1, 0, 1, 2, 1}}, {6, {2, 3, 1, 1, 0, 1, 3, 2}}}},
            BandCase{"most_rows_unused", 13, {{5, {1, 1, 1, 1, 0, 0, 1, 1}}, {6, {1, 1, 1, 1, 0, 0, 7, 1}}}},
            BandCase{"stride_2", 12, {{5, {3, 3, 2, 2, 1, 1, 1, 1}}, {6, {3, 3, 2, 1, 1, 1, 1, 1}}}},
            BandCase{"stride_2_pool_2", 23, {{5, {3, 3, 2, 1, 1, 1, 2, 1}}, {6, {4, 3, 2, 1, 3, 1, 1, 1}}}},
            BandCase{"stride_as_kernel", 18, {{5, {2, 2, 2, 2, 0, 0, 1, 1}}, {6, {3, 1, 3, 1, 0, 0, 1, 1}}}},
            BandCase{"padded_in_height_only", 9, {{5, {3, 1, 1, 1, 1, 0, 1, 1}}, {6, {5, 1, 1, 1, 4, 0, 2, 1}}}},
            BandCase{"lower_than_a_band", 2, {{5, {3, 3, 1, 1, 1, 1, 1, 1}}, {6, {3, 3, 1, 1, 1, 1, 2, 2}}}},
            BandCase{"one_band", 3, {{5, {5, 3, 1, 1, 2, 1, 1, 1}}, {6, {3, 3, 1, 1, 1, 1, 3, 1}}}},
            BandCase{
                "more_at_the_end",
                12,
                {{5, {3, 3, 1, 1, 0, 0, 1, 1}, fb::EndPads(2, 1)}, {6, {4, 3, 2, 2, 1, 0, 1, 1}, fb::EndPads(3, 2)}}},
            BandCase{
                "fewer_at_the_end",
                13,
                {{5, {3, 3, 1, 1, 2, 1, 2, 1}, fb::EndPads(0, 0)}, {6, {3, 3, 1, 1, 2, 2, 1, 2}, fb::EndPads(1, 0)}}},
            BandCase{"height_one", 1, {{5, {3, 3, 1, 1, 1, 1, 1, 1}}, {6, {1, 1, 1, 1, 0, 0, 1, 1}}}})),
    [](const auto& info) { return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param).name; });

TEST(ConvRows, AreThoseUnderTheWindow) {
  const ConvShape shape = {.in_h = 9,
                           .in_w = 1,
                           .in_c = 1,
                           .out_h = 4,
                           .out_w = 1,
                           .out_c = 1,
                           .kernel_h = 3,
                           .kernel_w = 1,
                           .stride_h = 1,
                           .stride_w = 1,
                           .pad_h = 1,
                           .pad_w = 0,
                           .pool_h = 2,
                           .pool_w = 1};
  const auto expect = [&](Rows made, int first, int end, int pad) {
    const Rows seen = rows_seen(shape, made);
    EXPECT_EQ(seen.first, first);
    EXPECT_EQ(seen.end, end);
    EXPECT_EQ(shape_of_rows(shape, made).pad_h, pad);
    EXPECT_EQ(shape_of_rows(shape, made).in_h, end - first);
    EXPECT_EQ(shape_of_rows(shape, made).out_h, made.count());
  };
  EXPECT_EQ(window_rows(shape), 4);
  expect({0, 1}, 0, 3, 1);
  expect({1, 2}, 1, 5, 0);
  expect({1, 3}, 1, 7, 0);
  expect({3, 4}, 5, 9, 0);
  expect({0, 4}, 0, 9, 1);
}

bool transpose_can_hold_rows(const fb::Window& reader) {
  const ModelFile file(serialize_model(test::AcdnetBuilder("int8", 1000, 8000, 3).build(12, {{5, reader}})), "one");
  return can_hold_rows(file.model(), 2);
}

TEST(RowBands, LeaveWindowsThatSkipRowsOrSeeNone) {
  EXPECT_TRUE(transpose_can_hold_rows({3, 3, 3, 1, 2, 1, 1, 1}));
  EXPECT_FALSE(transpose_can_hold_rows({3, 3, 4, 1, 1, 1, 1, 1})) << "rows between two windows";
  EXPECT_FALSE(transpose_can_hold_rows({3, 3, 1, 1, 3, 1, 1, 1})) << "a window of nothing but padding";
}

TEST(RowBands, ExcludeLayersWithWindowsThatSeeNoRow) {
  const std::vector<test::AcdnetConv> convs = {{5, {1, 1, 1, 1, 1, 0, 1, 1}}, {6, {3, 3, 1, 1, 1, 1, 1, 1}}};
  const ModelFile file(serialize_model(test::AcdnetBuilder("int8", 1000, 8000, 3).build(12, convs)), "two");
  EXPECT_FALSE(can_hold_rows(file.model(), 2));
  EXPECT_FALSE(can_hold_rows(file.model(), 3));
}

// Eleven layers could run interleaved, and each makes the arena smaller.
TEST(RowBands, AreNoLongerThanWhatIsBoundOnTheStack) {
  std::vector<test::AcdnetConv> convs;
  for (int channels = 40; channels >= 20; channels -= 2) convs.push_back({channels, {3, 3, 1, 1, 1, 1, 1, 1}});
  const fb::ModelT made = test::AcdnetBuilder("int8", 1000, 8000, 3).build(64, convs);
  const ModelFile file(serialize_model(made), "deep");
  ExecutionPlan plan;
  ASSERT_EQ(make_plan(file.model(), Cpu::scalar(), plan), Status::kOk);
  std::size_t longest = 0, last = 0;
  for (std::size_t first = 0; first < file.model().layers()->size(); first = last + 1) {
    last = last_of_step(plan, first);
    longest = std::max(longest, last - first + 1);
  }
  EXPECT_EQ(longest, kMaxBandLayers);
  const auto wave = test::tiny_wave(1, file.model().window_samples());
  const std::vector<float> scores = GuardedRun(plan).run(wave, nullptr);
  plan.in_rows = {};
  ASSERT_EQ(lay_out(Cpu::scalar(), plan), Status::kOk);
  EXPECT_EQ(GuardedRun(plan).run(wave, nullptr), scores);
}

TEST(RowBands, TakeConvolutionsWithGroups) {
  const ModelFile file(serialize_model(test::tiny_model("grouped_int8")), "grouped");
  // conv1 conv2 swap conv3 conv3d conv4 pool head
  for (const std::size_t i : {2u, 3u, 4u}) EXPECT_TRUE(can_hold_rows(file.model(), i)) << i;
}

TEST(RowBands, LeaveLayersThatAreNoConvolutions) {
  const ModelFile file(serialize_model(test::tiny_int8()), "tiny");
  std::vector<bool> could;
  for (std::size_t i = 0; i < file.model().layers()->size(); ++i) could.push_back(can_hold_rows(file.model(), i));
  // conv1 conv2 swap conv3 conv4 pool head
  EXPECT_EQ(could, (std::vector<bool>{true, false, true, true, false, false, false}));
}

}  // namespace
}  // namespace stapes
