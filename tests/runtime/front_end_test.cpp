// SPDX-License-Identifier: Apache-2.0
#include "runtime/front_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"
#include "support/acdnet_models.h"
#include "support/layer_by_layer.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

std::vector<std::int16_t> pcm_of(const std::vector<float>& wave) {
  std::vector<std::byte> bytes(wave.size() * 2);
  load_samples({.real = wave.data()}, 0, wave.size(), {fb::DType::kI16}, bytes.data());
  return test::values_of<std::int16_t>(bytes);
}

TEST(LoadSamples, RoundsHalvesAwayFromZeroAndSaturates) {
  const float step = 1.0f / 32768;
  EXPECT_EQ(pcm_of({0.0f, 0.5f * step, -0.5f * step, 1.5f * step, -1.5f * step, 0.49999997f * step}),
            (std::vector<std::int16_t>{0, 1, -1, 2, -2, 0}));
  EXPECT_EQ(pcm_of({1.0f, -1.0f, 7.0f, -7.0f, 32766.5f * step, 32767.4f * step, -32767.5f * step}),
            (std::vector<std::int16_t>{32767, -32768, 32767, -32768, 32767, 32767, -32768}));
  EXPECT_EQ(pcm_of({std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), std::nanf("")}),
            (std::vector<std::int16_t>{32767, -32768, 0}));
}

TEST(LoadSamples, ReturnsEveryPcmValueUnchangedThroughFloat) {
  std::vector<std::int16_t> all;
  for (int v = -32768; v <= 32767; ++v) all.push_back(static_cast<std::int16_t>(v));
  std::vector<std::byte> bytes(all.size() * 4);
  load_samples({.pcm = all.data()}, 0, all.size(), {fb::DType::kF32}, bytes.data());
  const auto reals = test::values_of<float>(bytes);
  EXPECT_EQ(reals.front(), -1.0f);
  EXPECT_EQ(reals[32768 + 16384], 0.5f);
  EXPECT_EQ(pcm_of(reals), all);
}

TEST(LoadSamples, StartsWhereItIsTold) {
  const std::vector<float> wave = {0.1f, 0.2f, 0.3f, 0.4f};
  std::vector<std::byte> bytes(8);
  load_samples({.real = wave.data()}, 1, 2, {fb::DType::kF32}, bytes.data());
  EXPECT_EQ(test::values_of<float>(bytes), (std::vector<float>{0.2f, 0.3f}));
}

// real = 0.01 * (q + 5): 0 becomes -5, 0.5 becomes 45; halves round away from zero, and overflow saturates.
TEST(LoadSamples, GivesEightBitsTheSameWayFromBothForms) {
  const std::vector<float> wave = {0.0f, 0.5f, -0.5f, 1.0f, -1.0f, 0.9f, -0.9f, std::nanf("")};
  const SampleFormat format{fb::DType::kI8, 0.01f, -5};
  std::vector<std::byte> from_real(wave.size()), from_pcm(wave.size());
  load_samples({.real = wave.data()}, 0, wave.size(), format, from_real.data());
  EXPECT_EQ(test::values_of<std::int8_t>(from_real), (std::vector<std::int8_t>{-5, 45, -55, 95, -105, 85, -95, -5}));
  const auto pcm = pcm_of(wave);
  load_samples({.pcm = pcm.data()}, 0, pcm.size(), format, from_pcm.data());
  EXPECT_EQ(from_pcm, from_real);
  const SampleFormat narrow{fb::DType::kI8, 0.005f, 100};
  load_samples({.pcm = pcm.data()}, 0, pcm.size(), narrow, from_pcm.data());
  EXPECT_EQ(test::values_of<std::int8_t>(from_pcm), (std::vector<std::int8_t>{100, 127, 0, 127, -100, 127, -80, 100}));
}

FrontEnd front_end_of(const fb::ModelT& model) {
  const ModelFile file(serialize_model(model), "test model");
  return plan_front_end(file.model());
}

TEST(FrontEnd, IsOneColumnOfTenMilliseconds) {
  const FrontEnd plan = front_end_of(test::acdnet_model("fp32", test::kMicroWidths, 10));
  EXPECT_EQ(plan.columns, 151);
  EXPECT_EQ(plan.wave_step, 200);  // 10 ms at 20 kHz
  EXPECT_EQ(plan.layers, 2u);
  EXPECT_EQ(plan.positions[0], 49 * 2 + 5);
  EXPECT_EQ(plan.positions[1], 1);
  EXPECT_EQ(plan.wave_positions, 102 * 2 + 9);
}

TEST(FrontEnd, TakesEveryConvolutionOfTheWave) {
  const FrontEnd one = front_end_of(test::tiny_model("waves1_fp32"));
  EXPECT_EQ(one.layers, 1u);
  EXPECT_EQ(one.wave_positions, 5 * 3 + 13);
  EXPECT_EQ(one.wave_step, 6 * 3);
  EXPECT_EQ(one.columns, 10);
  for (const char* route : {"fp32", "int8", "xnor"}) {  // the same for every route
    const FrontEnd three = front_end_of(test::tiny_model(std::string("waves3_") + route));
    EXPECT_EQ(three.layers, 3u);
    EXPECT_EQ(three.positions[2], 1);
    EXPECT_EQ(three.positions[1], 2 * 1 + 2);
    EXPECT_EQ(three.positions[0], (4 * 2 - 1) * 1 + 3);
    EXPECT_EQ(three.wave_positions, 9 * 3 + 7);
    EXPECT_EQ(three.wave_step, 3 * 2 * 3);
    EXPECT_EQ(three.columns, 10);
    EXPECT_EQ(front_end_of(test::tiny_model(std::string("waves4_") + route)).layers, 4u);
  }
}

struct WaveConv {
  int kernel, stride, pool, channels;
};
using WaveConvs = std::vector<WaveConv>;

void add_wave_conv(fb::ModelT& model, const WaveConv& conv, test::TinyRandom& random) {
  const fb::TensorT in = *model.tensors.back();
  fb::ConvF32T op;
  op.window = std::make_unique<fb::Window>(1, conv.kernel, 1, conv.stride, 0, 0, 1, conv.pool);
  op.weights = random.floats(std::int64_t{conv.channels} * conv.kernel * in.channels, 1.0);
  op.bias = random.floats(conv.channels, 0.2);
  const int positions = conv_output(in.width, conv.kernel, conv.stride, 0, 0);
  test::add_tensor(model, fb::DType::kF32, 1, positions / conv.pool, conv.channels);
  test::add_layer(model, "wave", std::move(op));
}

fb::ModelT wave_model(int samples, const WaveConvs& convs) {
  test::TinyRandom random(21);
  fb::ModelT model = test::tiny_model_start("fp32");
  model.window_samples = samples;
  test::add_tensor(model, fb::DType::kF32, 1, samples, 1);
  for (const WaveConv& conv : convs) add_wave_conv(model, conv, random);
  const fb::TensorT last = *model.tensors.back();
  fb::AveragePoolT pool;
  pool.pool_h = 1;
  pool.pool_w = last.width;
  test::add_tensor(model, fb::DType::kF32, 1, 1, last.channels);
  test::add_layer(model, "pool", std::move(pool));
  fb::LinearF32T head;
  head.weights = random.floats(std::int64_t{2} * last.channels, 1.0);
  head.bias = random.floats(2, 0.5);
  test::add_tensor(model, fb::DType::kF32, 1, 1, 2);
  test::add_layer(model, "head", std::move(head));
  return model;
}

std::size_t layers_of(int samples, const WaveConvs& convs) { return front_end_of(wave_model(samples, convs)).layers; }

// A column of the second convolution needs 20 + k - 1 positions of the first, 20 MACs each. The next column computes k
// - 1 of them again. 20 * 20 + 20 * k MACs are needed anyway, so k may be up to 22.
TEST(FrontEnd, EndsBeforeTooMuchIsComputedTwice) {
  const auto layers = [](int k) { return layers_of(2000, {{10, 1, 2, 1}, {k, 1, 20, 1}}); };
  EXPECT_EQ(layers(22), 2u);
  EXPECT_EQ(layers(23), 1u);
}

// ACDNet's first two convolutions and a third that pools 8 columns. Such a column's slice of 2013 samples yields 1003
// positions of 4 channels. That exceeds the 151 columns of 8 channels that it would save.
TEST(FrontEnd, EndsBeforeALongerOneHoldsMore) {
  EXPECT_EQ(layers_of(30225, {{9, 2, 1, 4}, {5, 2, 50, 8}, {3, 1, 8, 8}}), 2u);
  EXPECT_EQ(layers_of(30225, {{9, 2, 1, 4}, {5, 2, 50, 64}, {3, 1, 8, 64}}), 3u);
}

TEST(FrontEnd, HasColumns) {
  EXPECT_EQ(layers_of(200, {{9, 1, 192, 2}}), 0u) << "a column would be the whole window";
  EXPECT_EQ(layers_of(200, {{9, 1, 96, 2}}), 1u);
  EXPECT_EQ(layers_of(200, {{9, 1, 1, 2}}), 0u) << "no pool";
}

TEST(FrontEnd, IsTheFirstTwoConvolutionsWhateverTheyCost) {
  EXPECT_EQ(layers_of(2000, {{10, 1, 1, 1}, {300, 1, 2, 1}}), 2u) << "much computed twice";
  EXPECT_EQ(layers_of(200, {{9, 2, 1, 3}, {5, 2, 1, 4}}), 2u) << "no pool";
  EXPECT_EQ(layers_of(200, {{9, 2, 1, 3}, {5, 2, 46, 4}}), 2u) << "one column";
  EXPECT_EQ(layers_of(200, {{9, 2, 2, 3}, {5, 2, 1, 4}}), 1u) << "the first alone has columns";
}

TEST(FrontEnd, HasNoMoreLayersThanAColumnHasRoomFor) {
  const WaveConvs convs(kMaxFrontEndLayers + 1, {1, 1, 2, 1});
  EXPECT_EQ(layers_of(1 << 19, convs), kMaxFrontEndLayers);
}

// The second convolution shares its input.
fb::ModelT branched() {
  fb::ModelT model = wave_model(200, {{5, 1, 2, 4}, {3, 1, 4, 4}});
  const auto add_layer = [&](fb::LayerT layer, std::vector<std::int32_t> inputs, std::size_t at) {
    model.tensors.push_back(std::make_unique<fb::TensorT>(*model.tensors[2]));
    layer.inputs = std::move(inputs);
    layer.output = static_cast<std::int32_t>(model.tensors.size()) - 1;
    model.layers.insert(model.layers.begin() + static_cast<std::ptrdiff_t>(at),
                        std::make_unique<fb::LayerT>(std::move(layer)));
  };
  fb::LayerT add;
  add.name = "add";
  add.op.Set(fb::AddF32T());
  add_layer(fb::LayerT(*model.layers[1]), {1}, 2);
  add_layer(std::move(add), {2, 5}, 3);
  model.layers[4]->inputs = {6};
  return model;
}

TEST(FrontEnd, EndsBeforeABranch) {
  EXPECT_EQ(layers_of(200, {{5, 1, 2, 4}, {3, 1, 4, 4}}), 2u);
  EXPECT_EQ(front_end_of(branched()).layers, 1u);
}

// The reader rejects windows that columns would read past.
TEST(FrontEnd, FitsIntoTheWindowOrThereIsNoModel) {
  for (const WaveConvs& convs :
       {WaveConvs{{9, 2, 1, 3}, {5, 2, 50, 4}}, {{9, 3, 96, 2}}, {{7, 3, 1, 3}, {3, 1, 2, 4}, {2, 1, 3, 5}}}) {
    int samples = 0;  // the minimum for ten columns
    for (std::size_t i = convs.size(), positions = 10; i-- > 0; positions = static_cast<std::size_t>(samples)) {
      samples = (static_cast<int>(positions) * convs[i].pool - 1) * convs[i].stride + convs[i].kernel;
    }
    fb::ModelT model = wave_model(samples, convs);
    const FrontEnd plan = front_end_of(model);
    EXPECT_EQ(plan.layers, convs.size());
    EXPECT_EQ(plan.wave_positions + 9 * plan.wave_step, samples);
    model.window_samples = model.tensors[0]->width = samples - 1;
    EXPECT_THAT([&] { ModelFile(serialize_unchecked(model), "short"); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("output size does not match the window")));
  }
}

// The first convolution has padding. The model runs, but without a front end.
fb::ModelT tiny_padded() {
  fb::ModelT model = test::tiny_fp32();
  model.layers[0]->op.AsConvF32()->window = std::make_unique<fb::Window>(1, 9, 1, 2, 0, 4, 1, 1);
  model.tensors[1]->width = 100;
  model.tensors[2]->width = model.tensors[3]->width = 12;
  model.tensors[4]->width = model.tensors[5]->width = 6;
  return model;
}

TEST(FrontEnd, IsNotUsedWherePaddingNeedsTheWholeWave) {
  EXPECT_FALSE(front_end_of(tiny_padded()).used());
  fb::ModelT padded_at_the_end = test::tiny_fp32();  // padding at the end rules columns out, too
  padded_at_the_end.layers[1]->op.AsConvF32()->end_pads = std::make_unique<fb::EndPads>(0, 2);
  EXPECT_FALSE(front_end_of(padded_at_the_end).used());
  EXPECT_TRUE(front_end_of(test::tiny_fp32()).used());
  EXPECT_TRUE(front_end_of(test::tiny_model("grouped_fp32")).used());
}

struct Case {
  const char* name;
  fb::ModelT (*make)();
};

class Columns : public testing::TestWithParam<Case> {
 protected:
  void expect_the_bits_of_whole_layers(Isa isa, const std::vector<float>& wave) const;

  const std::shared_ptr<const ModelFile> file_ =
      std::make_shared<const ModelFile>(serialize_model(GetParam().make()), GetParam().name);
};

void Columns::expect_the_bits_of_whole_layers(Isa isa, const std::vector<float>& wave) const {
  const fb::Model& model = file_->model();
  std::vector<std::byte> input(tensor_bytes(*model.tensors()->Get(0)));
  load_samples({.real = wave.data()}, 0, wave.size(), sample_format(*model.tensors()->Get(0)), input.data());
  const auto want = test::run_layer_by_layer(model, input, Cpu::detect().limited_to(isa));
  HostClassifier classifier(std::make_shared<const HostModel>(file_, isa));
  LayerCollector collector(model);
  const std::vector<float> scores = classifier.run_observed(wave, collector);
  const std::size_t columns = std::max<std::size_t>(1, plan_front_end(model).layers);  // index of their output tensor
  EXPECT_EQ(collector.bytes(static_cast<int>(columns) - 1), want[columns]);
  EXPECT_EQ(classifier.run(wave), scores);
  const fb::Tensor& last = last_tensor(model);
  const auto& end = want[static_cast<std::size_t>((*model.layers())[model.layers()->size() - 1]->output())];
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const float raw = last.dtype() == fb::DType::kF32
                          ? test::values_of<float>(end)[c]
                          : last.scale() * static_cast<float>(test::values_of<std::int32_t>(end)[c]);
    EXPECT_EQ(scores[c], raw);
  }
}

TEST_P(Columns, GiveTheSameBitsAsTheWholeFrontEnd) {
  for (int i = 0; i < kIsaCount; ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (!Cpu::detect().can_run(isa)) continue;
    SCOPED_TRACE(to_string(isa));
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      expect_the_bits_of_whole_layers(isa, test::tiny_wave(seed, file_->model().window_samples()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    EveryRoute, Columns,
    testing::Values(
        Case{"tiny_fp32", [] { return test::tiny_fp32(); }}, Case{"tiny_int8", [] { return test::tiny_int8(); }},
        Case{"tiny_int8_input", [] { return test::tiny_int8_input(); }},
        Case{"tiny_kept", [] { return test::tiny_kept(); }}, Case{"tiny_sparse", [] { return test::tiny_sparse(); }},
        Case{"tiny_xnor", [] { return test::tiny_xnor(); }}, Case{"tiny_mixed", [] { return test::tiny_mixed(); }},
        Case{"grouped_fp32", [] { return test::tiny_model("grouped_fp32"); }},
        Case{"grouped_int8", [] { return test::tiny_model("grouped_int8"); }},
        Case{"grouped_xnor", [] { return test::tiny_model("grouped_xnor"); }}, Case{"padded", tiny_padded},
        Case{"waves1_fp32", [] { return test::tiny_model("waves1_fp32"); }},
        Case{"waves1_int8", [] { return test::tiny_model("waves1_int8"); }},
        Case{"waves1_xnor", [] { return test::tiny_model("waves1_xnor"); }},
        Case{"waves3_fp32", [] { return test::tiny_model("waves3_fp32"); }},
        Case{"waves3_int8", [] { return test::tiny_model("waves3_int8"); }},
        Case{"waves3_xnor", [] { return test::tiny_model("waves3_xnor"); }},
        Case{"waves3_mixed", [] { return test::tiny_model("waves3_mixed"); }},
        Case{"waves4_int8", [] { return test::tiny_model("waves4_int8"); }},
        Case{"waves4_xnor", [] { return test::tiny_model("waves4_xnor"); }}, Case{"branched", branched},
        Case{"micro_fp32", [] { return test::acdnet_model("fp32", test::kMicroWidths, 10, 9000); }},
        Case{"micro_int8", [] { return test::acdnet_model("int8", test::kMicroWidths, 10, 9000); }},
        Case{"micro_xnor", [] { return test::acdnet_model("xnor", test::kMicroWidths, 10, 9000); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(LayerObserver, SeesEveryLayerWhole) {
  HostClassifier classifier(std::make_shared<const ModelFile>(serialize_model(test::tiny_fp32()), "tiny"));
  LayerCollector collector(classifier.model());
  classifier.run_observed(test::tiny_wave(1), collector);
  EXPECT_EQ(collector.bytes(0).size(), 11u * 11 * 3 * 4);  // 11 columns of 11 positions, 3 channels
  for (int layer = 1; layer < 7; ++layer) {
    const fb::Layer& l = *classifier.model().layers()->Get(static_cast<std::uint32_t>(layer));
    EXPECT_EQ(collector.bytes(layer).size(), tensor_bytes(output_tensor(classifier.model(), l))) << layer;
  }
}

// With such strides a step overflows an int.
TEST(StepSamples, AreNoneWhereAStepIsTooLong) {
  const fb::ModelT made = test::tiny_int8();
  const ModelFile file(serialize_model(made), "tiny");
  FrontEnd front_end = plan_front_end(file.model());
  EXPECT_EQ(step_samples(file.model(), front_end), 16);  // tiny_models.h: 2 * 2 * 4
  front_end.wave_step = (std::int64_t{1} << 31) - 1;
  EXPECT_EQ(step_samples(file.model(), front_end), std::numeric_limits<int>::max());
  for (const std::int64_t step : {std::int64_t{1} << 31, std::int64_t{1} << 32}) {
    front_end.wave_step = step;
    EXPECT_EQ(step_samples(file.model(), front_end), 0);
  }
  EXPECT_EQ(step_samples(file.model(), FrontEnd{}), 0);
}

}  // namespace
}  // namespace stapes
