// SPDX-License-Identifier: Apache-2.0
#include "emulate/measure_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "base/process.h"
#include "emulate/board_or_skip.h"
#include "emulate/time_estimate.h"
#include "export/export_model.h"
#include "packed/cost.h"
#include "packed/writer.h"
#include "support/gated_model.h"
#include "support/random_packed_graph.h"
#include "support/self_test_sound.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

ModelFile model_file(const fb::ModelT& model) { return ModelFile(serialize_model(model), "tiny"); }

class MeasureModel : public testing::TestWithParam<Board> {
 protected:
  void expect_equal_to_the_bit(const fb::ModelT& model) {
    STAPES_SKIP_WITHOUT_TOOLS(GetParam());
    const ModelFile file = model_file(model);
    const ExportMeasure measure = measure_model(file, GetParam(), {});
    EXPECT_EQ(measure.first_difference(), std::nullopt);
    EXPECT_EQ(measure.layers.size(), file.model().layers()->size());
    expect_plausible(measure, model_cost(file.model()));
    EXPECT_EQ(measure.run.input_in_arena, file.model().features());
    require_fit(measure);
  }

  // Loose bounds, to catch figures that measure the wrong thing.
  static void expect_plausible(const ExportMeasure& measure, const Cost& cost) {
    std::int64_t in_layers = 0;
    for (const LayerOutput& layer : measure.layers) in_layers += layer.elapsed;
    // The numbers come from two compilations (docs/guides/microcontrollers.md, "Method").
    EXPECT_LT(in_layers, measure.run.instructions * 105 / 100);
    EXPECT_GT(in_layers, measure.run.instructions * 8 / 10);
    const bool vectors = find_target(measure.board.name).isa == Isa::kMve;
    EXPECT_GT(measure.run.instructions, cost.macs / (vectors ? 16 : 2));  // MACs per instruction
    EXPECT_LT(measure.run.instructions, cost.macs * 60);
    EXPECT_GE(measure.sizes.weights, cost.constants.weights);
    EXPECT_LT(measure.sizes.weights, cost.constants.total() * 8);  // repacked, and a tiny model is mostly padding
    EXPECT_GT(measure.sizes.code, 1000);
    EXPECT_LT(measure.sizes.code, 40'000);
    EXPECT_GT(measure.run.stack_bytes, 100);
    EXPECT_LT(measure.run.stack_bytes, 8000);
    EXPECT_GT(measure.run.arena_bytes, kTinySamples);
    EXPECT_EQ(measure.ram_bytes(), measure.run.arena_bytes + measure.run.stack_bytes + measure.state_bytes());
  }
};

TEST_P(MeasureModel, Int8IsEqualToTheBitAndItsFiguresPlausible) { expect_equal_to_the_bit(tiny_int8()); }
TEST_P(MeasureModel, XnorIsEqualToTheBitAndItsFiguresPlausible) { expect_equal_to_the_bit(tiny_xnor()); }
TEST_P(MeasureModel, Int8BranchesAreEqualToTheBit) { expect_equal_to_the_bit(tiny_residual_int8()); }
TEST_P(MeasureModel, BinaryBranchesAreEqualToTheBit) { expect_equal_to_the_bit(tiny_residual_xnor()); }
TEST_P(MeasureModel, UnevenPaddingAndMaxPoolsAreEqualToTheBit) {
  expect_equal_to_the_bit(tiny_model("padded_int8"));
  expect_equal_to_the_bit(tiny_model("padded_xnor"));
}
TEST_P(MeasureModel, FeaturesAreEqualToTheBit) {
  fb::ModelT model = tiny_int8_input();
  model.features = true;
  model.sample_rate_hz = 0;
  expect_equal_to_the_bit(model);
}
TEST_P(MeasureModel, DepthwiseAndLinearLayersAreEqualToTheBit) {
  expect_equal_to_the_bit(tiny_depthwise(1));
  expect_equal_to_the_bit(tiny_depthwise(2));
}
// The graphs have branches, strides and pads. Outputs overwrite inputs from either side.
TEST_P(MeasureModel, OutputsOverTheirInputsAreEqualToTheBit) {
  for (const std::uint64_t seed : kSeedsOverInputs) expect_equal_to_the_bit(RandomPackedGraph(seed).build());
}
TEST_P(MeasureModel, ProbabilitiesAreEqualToTheBit) {
  expect_equal_to_the_bit(tiny_model("softmax"));
  expect_equal_to_the_bit(tiny_model("logistic"));
  expect_equal_to_the_bit(tiny_model("rounded_once"));
}
// Pools have no weights or MACs, which expect_plausible() needs.
TEST_P(MeasureModel, PoolsAreEqualToTheBit) {
  STAPES_SKIP_WITHOUT_TOOLS(GetParam());
  EXPECT_EQ(measure_model(model_file(tiny_model("pools_int8")), GetParam(), {}).first_difference(), std::nullopt);
}

// Every detection and every mean, streamed on the core.
TEST_P(MeasureModel, DetectionsAreEqualToTheBit) {
  STAPES_SKIP_WITHOUT_TOOLS(GetParam());
  fb::ModelT int8_logits = tiny_probabilities(/*softmax=*/true);
  int8_logits.layers.pop_back();
  int8_logits.tensors.pop_back();
  fb::ModelT logistic = tiny_xnor();
  logistic.detector = tiny_detector().detector;
  logistic.detector->logistic = true;
  const fb::ModelT with_gate = gated(tiny_int8(), self_test_sound(kTinySamples + 4 * 48), 48);
  MeasureOptions options;
  // At a hop of 96, the second model's stored mean would cover one window. The export keeps two, as at the stored hop.
  for (const auto& [model, hop] :
       {std::pair(std::cref(int8_logits), 48), {std::cref(logistic), 96}, {std::cref(with_gate), 48}}) {
    options.hop_samples = hop;
    const ModelFile file = model_file(model);
    const ExportMeasure measure = measure_model(file, GetParam(), options);
    ASSERT_TRUE(measure.hop.has_value());
    EXPECT_GE(measure.hop->events.size(), 2u);
    EXPECT_EQ(measure.hop->events, measure.expected_hop->events);
    EXPECT_EQ(measure.hop->means, measure.expected_hop->means);
    EXPECT_EQ(measure.first_difference(), std::nullopt);
    EXPECT_EQ(measure.hop->pushes, 4 * hop / 16);
    EXPECT_GT(measure.hop->worst, measure.hop->mean_push());
    EXPECT_LT(measure.hop->hop_cost(), static_cast<double>(measure.run.instructions))
        << "a hop shares columns with the window before";
  }
}

// Users build with the exported Makefile.
TEST_P(MeasureModel, TheExportBuildsItselfWithoutAWarning) {
  STAPES_SKIP_WITHOUT_TOOLS(GetParam());
  for (const fb::ModelT& model : {tiny_int8(), tiny_xnor()}) {
    const TempDir folder;
    write_export(export_model(model_file(model), find_target(GetParam().name), "tiny"), folder / "export",
                 Existing::kRefuse);
    const ProgramEnd made = run_to_end(
        {"make", "-s", "-C", (folder / "export").string(), "CXXFLAGS=-O1 -Wall -Wextra -Wconversion -Werror"}, "",
        std::chrono::seconds(300));
    EXPECT_EQ(made.status, 0) << made.output;
    EXPECT_EQ(made.output, "");
    EXPECT_TRUE(std::filesystem::exists(folder / "export/libtiny.a"));
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryCore, MeasureModel, testing::ValuesIn(emulated_boards()), test_name);

class OnCortexM4 : public testing::Test {
 protected:
  const Board board_ = find_board("cortex-m4");
  const TempDir folder_;
};

// One weight changes. The message names its layer, not a later one.
TEST_F(OnCortexM4, ALayerThatComputesSomethingElseIsNamed) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const ModelFile file = model_file(tiny_int8());
  ExportedFolder exported = export_model(file, find_target(board_.name), "tiny");
  std::string& weights = exported.files.at("src/tiny_weights.cpp");
  const std::size_t array = weights.find('{', weights.find("conv3_"));
  std::size_t number = weights.find_first_of("0123456789", array);
  ASSERT_NE(number, std::string::npos);
  if (weights[number + 1] == 'x') number += 2;
  weights[number] = weights[number] == '1' ? '2' : '1';
  EXPECT_EQ(measure_export(board_, exported, {}).first_difference(), "conv3");
}

TEST_F(OnCortexM4, CountsTheSameEveryTime) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const ModelFile file = model_file(tiny_xnor());
  const ExportMeasure a = measure_model(file, board_, {}), b = measure_model(file, board_, {});
  EXPECT_EQ(a.run.instructions, b.run.instructions);
  for (std::size_t i = 0; i < a.layers.size(); ++i) EXPECT_EQ(a.layers[i].elapsed, b.layers[i].elapsed);
}

// Library code would count as the model's.
TEST_F(OnCortexM4, TheHarnessUsesNoLibrary) {
  const Board m0 = find_board("cortex-m0");  // has no divide or long multiply instruction
  STAPES_SKIP_WITHOUT_TOOLS(m0);
  MeasureOptions options;
  options.work = folder_ / "kept";
  measure_model(model_file(tiny_int8()), m0, options);
  for (const char* object : {"measure_model.cpp.harness.o", "measure_model.cpp.traced.harness.o"}) {
    const auto listed = run_to_end({"arm-none-eabi-nm", "-u", (folder_ / "kept/build" / object).string()}, "",
                                   std::chrono::seconds(60));
    ASSERT_EQ(listed.status, 0) << listed.output;
    EXPECT_THAT(listed.output, HasSubstr("model_run"));
    EXPECT_THAT(listed.output, Not(testing::AnyOf(HasSubstr("__aeabi"), HasSubstr("mem"), HasSubstr("div"))));
  }
}

TEST_F(OnCortexM4, TooLittleMemoryIsRefusedWithWhatWouldDo) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  ExportMeasure measure = measure_model(model_file(tiny_int8()), board_, {});
  const std::int64_t ram = measure.ram_bytes(), flash = measure.flash_bytes();
  EXPECT_NO_THROW(require_fit(measure));
  measure.board.ram_bytes = ram;
  measure.board.flash_bytes = flash;
  EXPECT_NO_THROW(require_fit(measure));
  measure.board.ram_bytes = ram - 10;
  EXPECT_THAT([&] { require_fit(measure); },
              ThrowsMessage<Error>(AllOf(HasSubstr("RAM needed: "), HasSubstr("10 too many"), HasSubstr("cortex-m0"))));
  measure.board.ram_bytes = ram;
  measure.board.flash_bytes = flash - 7;
  EXPECT_THAT([&] { require_fit(measure); }, ThrowsMessage<Error>(AllOf(HasSubstr("flash"), HasSubstr("7 too many"))));
}

TEST_F(OnCortexM4, MemoryIsCheckedUnlessToldOtherwise) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const ModelFile file = model_file(tiny_int8());
  Board small = board_;
  small.flash_bytes = 1000;
  EXPECT_THAT([&] { measure_model(file, small, {}); }, ThrowsMessage<Error>(HasSubstr("flash needed: ")));
  small = board_;
  small.ram_bytes = 400;
  EXPECT_THAT([&] { measure_model(file, small, {}); }, ThrowsMessage<Error>(HasSubstr("RAM needed: ")));
  MeasureOptions options;
  options.must_fit = false;
  EXPECT_GT(measure_model(file, small, options).ram_bytes(), 400);
}

TEST_F(OnCortexM4, ACrashIsAnErrorAndNotAResult) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  ExportedFolder exported = export_model(model_file(tiny_int8()), find_target(board_.name), "tiny");
  std::string& source = exported.files.at("src/tiny.cpp");
  const std::size_t body = source.find('{', source.find("void run_conv3(")) + 1;
  source.insert(body, "\n  asm volatile(\"udf #0\");\n");
  EXPECT_THAT([&] { measure_export(board_, exported, {}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("crashed on cortex-m4"), HasSubstr("fault"))));
}

TEST_F(OnCortexM4, WhatDoesNotCompileIsShown) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  ExportedFolder exported = export_model(model_file(tiny_int8()), find_target(board_.name), "tiny");
  exported.files.at("src/tiny.cpp") += "\nnonsense;\n";
  EXPECT_THAT([&] { measure_export(board_, exported, {}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("tiny.cpp"), HasSubstr("nonsense"))));
}

// measure_export() must add no flags.
TEST_F(OnCortexM4, IsBuiltByTheBuildDescriptionOfTheExport) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  ExportedFolder exported = export_model(model_file(tiny_int8()), find_target(board_.name), "tiny");
  const ExportMeasure tuned = measure_export(board_, exported, {});
  exported.build.tuning = {"-O0"};
  const ExportMeasure slow = measure_export(board_, exported, {});
  EXPECT_EQ(slow.first_difference(), std::nullopt);
  EXPECT_GT(slow.run.instructions, 2 * tuned.run.instructions);
  exported.build.flags.push_back("-DFLAG_OF_THE_EXPORT");
  exported.files.at("src/tiny.cpp") += "#ifdef FLAG_OF_THE_EXPORT\nnonsense;\n#endif\n";
  EXPECT_THAT([&] { measure_export(board_, exported, {}); }, ThrowsMessage<Error>(HasSubstr("nonsense")));
}

TEST_F(OnCortexM4, IsMeasuredAsAsked) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const ModelFile file = model_file(tiny_int8());
  const auto [cost, time, energy] = measure_as_asked(file, {.target = "cortex-m",
                                                            .flash_bytes = 100'000,
                                                            .ram_bytes = {},
                                                            .clock_hz = 1e6,
                                                            .hop_samples = 16,
                                                            .work = {},
                                                            .energy = {}});
  EXPECT_FALSE(energy.has_value());
  EXPECT_EQ(cost.board.name, "cortex-m4");
  EXPECT_EQ(cost.board.flash_bytes, 100'000);
  EXPECT_EQ(cost.board.ram_bytes, board_.ram_bytes);
  EXPECT_NEAR(time.window_seconds, static_cast<double>(cost.run.instructions) * board_.cycles_per_instruction / 1e6,
              1e-9);
  EXPECT_EQ(time.hop_samples, 16);
}

// A hop computes only new columns and the layers after them.
TEST_F(OnCortexM4, AHopCostsLessThanAWindow) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const ModelFile file = model_file(tiny_int8());
  const ExportMeasure measure = measure_model(file, board_, {});
  constexpr int kStep = 16;  // tiny_models.h: 2 * 2 * 4
  const TimeEstimate window = estimate_time(measure, file.model(), 100e6, 0);
  const TimeEstimate hop = estimate_time(measure, file.model(), 100e6, kStep);
  EXPECT_NEAR(window.window_seconds,
              static_cast<double>(measure.run.instructions) * board_.cycles_per_instruction / 100e6, 1e-12);
  EXPECT_EQ(window.hop_samples, kTinySamples);
  EXPECT_NEAR(window.hop_seconds, window.window_seconds, 1e-12);
  EXPECT_LT(hop.hop_seconds, window.hop_seconds);
  const double front = static_cast<double>(measure.layers[0].elapsed + measure.layers[1].elapsed);
  EXPECT_NEAR(window.hop_seconds - hop.hop_seconds, front * 10 / 11 * board_.cycles_per_instruction / 100e6, 1e-12);
  EXPECT_NEAR(hop.times_real_time, kStep / 8000.0 / hop.hop_seconds, 1e-9);
  EXPECT_THAT([&] { check_hop(file.model(), kStep + 1); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("multiple of 16"), HasSubstr("nearest is 16"))));
}

// Also with a front end of one or three convolutions.
TEST_F(OnCortexM4, AHopSavesEveryLayerOfTheFrontEnd) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  for (const int count : {1, 3}) {
    const ModelFile file = model_file(tiny_model("waves" + std::to_string(count) + "_int8"));
    const ExportMeasure measure = measure_model(file, board_, {});
    EXPECT_EQ(measure.first_difference(), std::nullopt);
    double front = 0;
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(measure.layers[static_cast<std::size_t>(i)].parts, 10) << "one per column";
      front += static_cast<double>(measure.layers[static_cast<std::size_t>(i)].elapsed);
    }
    const TimeEstimate hop = estimate_time(measure, file.model(), 100e6, 18);
    EXPECT_NEAR(hop.window_seconds - hop.hop_seconds, front * 9 / 10 * board_.cycles_per_instruction / 100e6, 1e-12);
  }
}

// Layers are timed once, the window many times. On a busy host, the front end can seem slower than the window.
TEST(HopEstimate, IsPositiveOnADisturbedHost) {
  const ModelFile file = model_file(tiny_int8());
  ExportMeasure measure{
      .board = find_board("host"), .sizes = {}, .run = {}, .layers = {}, .hop = {}, .expected_hop = {}};
  measure.run.nanoseconds = 1000;
  for (std::size_t i = 0; i < file.model().layers()->size(); ++i) {
    measure.layers.push_back({});
    measure.layers.back().elapsed = i < 2 ? 4000 : 500;  // front end
  }
  constexpr int kStep = 16;
  const TimeEstimate hop = estimate_time(measure, file.model(), 0, kStep);
  const double front = 8000 / (8000 + 500.0 * static_cast<double>(measure.layers.size() - 2));
  EXPECT_NEAR(hop.hop_seconds, 1e-6 * (1 - front * 10 / 11), 1e-12);
  EXPECT_GT(hop.hop_seconds, 0);
}

TEST(MeasureRequest, IsRefusedBeforeAnythingIsBuilt) {
  const ModelFile file = model_file(tiny_int8());
  const TempDir folder;
  const auto refuses = [&](MeasureRequest request, const char* text) {
    request.work = folder / "work";
    EXPECT_THAT([&] { measure_as_asked(file, request); }, ThrowsMessage<UsageError>(HasSubstr(text)));
    EXPECT_FALSE(std::filesystem::exists(*request.work));
  };
  MeasureRequest request{.target = "z80", .flash_bytes = {}, .ram_bytes = {}, .clock_hz = {}, .work = {}, .energy = {}};
  refuses(request, "z80");
  request.target = "cortex-m4";
  request.hop_samples = 17;
  refuses(request, "--hop 17");
  request.hop_samples = 0;
  request.target = "host";
  request.clock_hz = 1e6;
  refuses(request, "--clock");
  request.target = "";
  refuses(request, "--target cortex-m0, ");
}

TEST(MeasureRequest, OfABoardIsRefusedBeforeAnythingIsBuilt) {
  fb::ModelT features = tiny_int8_input();
  features.features = true;
  features.sample_rate_hz = 0;
  const ModelFile sound = model_file(tiny_int8()), other = model_file(features);
  const EnergyRequest u385{.board = find_energy_board("u385"), .every_seconds = {}, .battery = Battery{1, 3}};
  MeasureRequest request{
      .target = "cortex-m4", .flash_bytes = {}, .ram_bytes = {}, .clock_hz = {}, .work = {}, .energy = u385};
  EXPECT_THAT([&] { measure_as_asked(sound, request); },
              ThrowsMessage<UsageError>(HasSubstr("--board u385 has a cortex-m33")));
  request.target = "";
  EXPECT_THAT([&] { measure_as_asked(other, request); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("a model that takes features"), HasSubstr("--every"))));
  request.clock_hz = 1e6;
  EXPECT_THAT([&] { measure_as_asked(sound, request); }, ThrowsMessage<UsageError>(HasSubstr("at 96 MHz")));
}

TEST(VectorsMissBinaryLayers, OnTheCortexM55Only) {
  const ModelFile int8 = model_file(tiny_int8()), xnor = model_file(tiny_xnor());
  EXPECT_TRUE(vectors_miss_binary_layers(find_board("cortex-m55"), xnor.model()));
  EXPECT_FALSE(vectors_miss_binary_layers(find_board("cortex-m55"), int8.model()));
  EXPECT_FALSE(vectors_miss_binary_layers(find_board("cortex-m4"), xnor.model()));
}

TEST(MeasureOnTheHost, TakesTimeAndCountsNoInstructions) {
  const Board& host = find_board("host");
  STAPES_SKIP_WITHOUT_TOOLS(host);
  const ModelFile file = model_file(tiny_int8());
  const ExportMeasure measure = measure_model(file, host, {});
  EXPECT_EQ(measure.first_difference(), std::nullopt);
  EXPECT_EQ(measure.run.instructions, 0);
  EXPECT_GT(measure.run.nanoseconds, 0);
  EXPECT_GE(measure.sizes.weights, model_cost(file.model()).constants.weights);
  EXPECT_GT(measure.sizes.code, 1000);
}

TEST(MeasureFloats, AreNearTheHosts) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportMeasure measure = measure_model(model_file(tiny_fp32()), board, {});
  EXPECT_TRUE(measure.run.floats);
  EXPECT_EQ(measure.first_difference(), std::nullopt);
}

}  // namespace
}  // namespace stapes::test
