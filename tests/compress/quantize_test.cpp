// SPDX-License-Identifier: Apache-2.0
#include "compress/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "compress/layer_error.h"
#include "compress/pack.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/calibration_windows.h"
#include "support/random_network.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

using test::noise;
using test::noise_window;

std::shared_ptr<const ModelFile> file_of(const fb::ModelT& model) {
  return std::make_shared<const ModelFile>(serialize_model(model), "test");
}
HostClassifier classifier(const fb::ModelT& model) { return HostClassifier(file_of(model)); }

// The scalar kernels add floats in the same order for every input type.
HostClassifier scalar_classifier(const fb::ModelT& model) {
  return HostClassifier(std::make_shared<const HostModel>(file_of(model), Isa::kScalar));
}

// SQNR of the scores in dB, on windows not used in calibration.
double scores_sqnr_db(const fb::ModelT& fp32, const fb::ModelT& int8) {
  HostClassifier reference = classifier(fp32), integers = classifier(int8);
  double signal = 0, error = 0;
  for (std::uint32_t i = 100; i < 120; ++i) {
    const auto window = noise_window(i, fp32.window_samples);
    const std::vector<float> want = reference.run_pcm(window), got = integers.run_pcm(window);
    for (std::size_t c = 0; c < want.size(); ++c) {
      signal += want[c] * want[c];
      error += (want[c] - got[c]) * (want[c] - got[c]);
    }
  }
  return 10 * std::log10(signal / error);
}

// 8-bit rounding gives each layer an SQNR of about 40 dB. All twelve together have about 30 dB.
TEST(Quantize, TheIntegersFollowTheFloatsByEveryObserver) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  for (const auto& [rule, name] : kNames<RangeRule>) {
    const fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples), {.observer = rule});
    EXPECT_EQ(int8.route, "int8");
    EXPECT_GT(scores_sqnr_db(fp32, int8), 25) << name;
  }
}

TEST(Quantize, ConvolutionsKeepTheirGroups) {
  const fb::ModelT fp32 = test::tiny_model("grouped_fp32");
  const fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples));
  EXPECT_EQ(int8.layers[4]->op.AsConvI8()->groups, 34);
  EXPECT_GT(scores_sqnr_db(fp32, int8), 20);
}

TEST(Quantize, PaddingAtTheEndStaysAndMaxPoolsKeepTheirScale) {
  const fb::ModelT fp32 = test::tiny_model("padded_fp32");
  const fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples));
  EXPECT_EQ(int8.layers[3]->op.AsConvI8()->end_pads->h(), 2);
  EXPECT_EQ(int8.tensors[5]->dtype, fb::DType::kI8);
  EXPECT_EQ(int8.tensors[5]->scale, int8.tensors[4]->scale);
  EXPECT_GT(scores_sqnr_db(fp32, int8), 20);
}

TEST(Quantize, AMaxPoolBetweenFloatLayersStaysFloat) {
  const fb::ModelT fp32 = test::tiny_model("padded_fp32");
  const fb::ModelT int8 =
      quantize_post_training(fp32, noise(20, fp32.window_samples), {.keep_fp32 = {"conv3", "conv4"}});
  EXPECT_EQ(int8.tensors[4]->dtype, fb::DType::kF32);
  EXPECT_EQ(int8.tensors[5]->dtype, fb::DType::kF32);
  EXPECT_GT(scores_sqnr_db(fp32, int8), 20);
}

TEST(Quantize, AnInputOf8BitsCostsLittleOnLoudNoise) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples), {.input_bits = 8});
  EXPECT_EQ(int8.tensors.front()->dtype, fb::DType::kI8);
  // Noise with a standard deviation of 6000: 255 steps over about +-4 deviations.
  EXPECT_NEAR(int8.tensors.front()->scale, 8 * 6000.0 / 32768 / 255, 0.002);
  EXPECT_GT(scores_sqnr_db(fp32, int8), 25);
}

// One filter is a hundred times larger. On a common scale the others get only a step or two.
TEST(Quantize, OneScalePerTensorLosesSmallFilters) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  FloatTensor& weights = network.tensors["conv4.weight"];
  const std::size_t filter = weights.values.size() / static_cast<std::size_t>(weights.shape[0]);
  for (std::size_t i = 0; i < filter; ++i) weights.values[i] *= 100;
  const fb::ModelT fp32 = pack_network(network);
  const CalibrationWindows windows = noise(20, fp32.window_samples);
  const fb::ModelT each = quantize_post_training(fp32, windows, {.weights = WeightScales::kPerChannel});
  const fb::ModelT all = quantize_post_training(fp32, windows, {.weights = WeightScales::kPerTensor});
  const auto conv4 = [](const fb::ModelT& model) { return model.layers[4]->op.AsConvI8(); };  // after the transpose
  const auto largest = [&](const fb::ModelT& model) {                                         // of the second filter
    int most = 0;
    for (std::size_t i = filter; i < 2 * filter; ++i) most = std::max(most, std::abs(int{conv4(model)->weights[i]}));
    return most;
  };
  EXPECT_EQ(largest(each), 127);
  EXPECT_LT(largest(all), 8);
}

// The calibration windows determine the grid of the int8 input.
TEST(Quantize, FeaturesAreQuantizedOnTheirOwnRange) {
  const NetworkSpec spec = test::spec_of_nodes(
      FeatureSize{12, 10, 1}, "{ name = \"conv1\", op = \"conv\", kernel = 3, filters = 8, pool = 2 },");
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(spec).take());
  EXPECT_TRUE(fp32.features);
  const auto window = [](std::uint32_t number) {
    Philox random(9, Philox::Purpose::kTest, number);
    std::vector<float> values(120);
    for (float& value : values) value = static_cast<float>(40 + 25 * random.normal());
    return values;
  };
  const auto windows = [&](std::uint32_t first, std::uint32_t end) -> FeatureWindows {
    return [=](const std::function<void(std::span<const float>)>& use) {
      for (std::uint32_t i = first; i < end; ++i) use(window(i));
    };
  };
  const fb::ModelT int8 = quantize_on_features(fp32, windows(0, 20));
  const fb::TensorT& input = *int8.tensors.front();
  EXPECT_EQ(input.dtype, fb::DType::kI8);
  EXPECT_NEAR(input.scale * static_cast<float>(127 - input.zero_point), 40 + 4 * 25,
              60);  // near the largest value
  // 8 bits for input, weights and outputs: about 30 dB, as for sound.
  EXPECT_GT(layer_errors_on_features(fp32, int8, windows(20, 25)).back().total_db, 25);
  EXPECT_THROW(quantize_on_features(fp32, windows(0, 2), {.wide_to = "conv1"}), UsageError);
}

TEST(Quantize, ZeroWeightsStayZero) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  auto& weights = network.tensors["conv5.weight"].values;
  for (std::size_t i = 0; i < weights.size(); i += 2) weights[i] = 0;
  const fb::ModelT fp32 = pack_network(network);
  for (const WeightScales scales : {WeightScales::kPerChannel, WeightScales::kPerTensor}) {
    const fb::ModelT int8 = quantize_post_training(fp32, noise(2, fp32.window_samples), {.weights = scales});
    const auto& exact = fp32.layers[5]->op.AsConvF32()->weights;
    const auto& rounded = int8.layers[5]->op.AsConvI8()->weights;
    for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_TRUE(exact[i] != 0 || rounded[i] == 0) << i;
  }
}

// conv1 and conv5 output int8, since the next layers have 8 bits. The scores are float.
TEST(Quantize, KeepsLayersInFloat) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const fb::ModelT mixed =
      quantize_post_training(fp32, noise(20, fp32.window_samples), {.keep_fp32 = {"conv1", "conv5", "head"}});
  for (const auto& layer : mixed.layers) {
    const bool kept = layer->name == "conv1" || layer->name == "conv5" || layer->name == "head";
    const fb::DType output = mixed.tensors[static_cast<std::size_t>(layer->output)]->dtype;
    EXPECT_EQ(output, layer->name == "head" ? fb::DType::kF32 : fb::DType::kI8) << layer->name;
    const bool real = layer->op.type == fb::Operator::ConvF32 || layer->op.type == fb::Operator::LinearF32;
    EXPECT_EQ(real, kept) << layer->name;
  }
  EXPECT_EQ(mixed.layers[5]->op.AsConvF32()->weights, fp32.layers[5]->op.AsConvF32()->weights);
  EXPECT_GT(scores_sqnr_db(fp32, mixed), 25);
}

// Float layers pass floats on, also through transpose and pool. The last one before an 8-bit layer rounds.
TEST(Quantize, LayersKeptInFloatBesideEachOtherRoundNothing) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const CalibrationWindows windows = noise(5, fp32.window_samples);
  const fb::ModelT some = quantize_post_training(fp32, windows, {.keep_fp32 = {"conv2", "conv3", "conv12", "head"}});
  const auto output = [&](std::size_t layer) { return some.tensors[layer + 1]->dtype; };
  EXPECT_EQ(output(0), fb::DType::kI8);
  EXPECT_EQ(output(1), fb::DType::kF32);
  EXPECT_EQ(output(2), fb::DType::kF32);  // transpose
  EXPECT_EQ(output(3), fb::DType::kI8);
  EXPECT_EQ(output(12), fb::DType::kF32);  // conv12
  EXPECT_EQ(output(13), fb::DType::kF32);  // pool
  QuantizeOptions all;
  for (const auto& layer : fp32.layers) {
    if (layer->name != "swap" && layer->name != "pool") all.keep_fp32.push_back(layer->name);
  }
  const auto window = noise_window(50, fp32.window_samples);
  EXPECT_EQ(scalar_classifier(quantize_post_training(fp32, windows, all)).run_pcm(window),
            scalar_classifier(fp32).run_pcm(window));
}

// With a common scale, the layer loses its small filters; in float it does not.
TEST(Quantize, KeepingTheWorstLayerHelps) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  FloatTensor& weights = network.tensors["conv4.weight"];
  for (std::size_t i = 0; i < weights.values.size() / static_cast<std::size_t>(weights.shape[0]); ++i) {
    weights.values[i] *= 100;
  }
  const fb::ModelT fp32 = pack_network(network);
  const CalibrationWindows windows = noise(20, fp32.window_samples), others = noise(5, fp32.window_samples, 100);
  QuantizeOptions options{.weights = WeightScales::kPerTensor};
  const auto without = layer_errors(fp32, quantize_post_training(fp32, windows, options), others);
  options.keep_fp32 = {"conv4"};
  const auto with = layer_errors(fp32, quantize_post_training(fp32, windows, options), others);
  EXPECT_GT(with[3].own_db, without[3].own_db + 1);
  EXPECT_DOUBLE_EQ(with[2].total_db, without[2].total_db);
}

// The outputs of conv1 to conv3 and of the transpose have 16 bits. All kernels give the same scores.
TEST(Quantize, WideActivationsTakeTheNoiseOutOfTheFirstLayers) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const CalibrationWindows windows = noise(20, fp32.window_samples), others = noise(5, fp32.window_samples, 100);
  const fb::ModelT narrow = quantize_post_training(fp32, windows);
  const fb::ModelT wide = quantize_post_training(fp32, windows, {.wide_to = "conv3"});
  for (std::size_t i = 0; i + 1 < wide.layers.size(); ++i) {
    const fb::DType output = wide.tensors[static_cast<std::size_t>(wide.layers[i]->output)]->dtype;
    EXPECT_EQ(output, i <= 3 ? fb::DType::kI16 : fb::DType::kI8)
        << wide.layers[i]->name;  // 3: conv3, after the transpose
  }
  const auto before = layer_errors(fp32, narrow, others), after = layer_errors(fp32, wide, others);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_GT(after[i].own_db, before[i].own_db + 3) << after[i].layer;
  EXPECT_GT(after[2].total_db, before[2].total_db + 1);
  const auto window = noise_window(50, fp32.window_samples);
  EXPECT_EQ(classifier(wide).run_pcm(window), scalar_classifier(wide).run_pcm(window));
}

TEST(Quantize, WideActivationsHoldWhatIsLouderThanTheCalibration) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const fb::ModelT wide = quantize_post_training(fp32, noise(20, fp32.window_samples), {.wide_to = "conv2"});
  const auto louder = [&](const std::function<void(std::span<const std::int16_t>)>& use) {
    std::vector<std::int16_t> window = noise_window(100, fp32.window_samples);
    for (std::int16_t& sample : window) sample = static_cast<std::int16_t>(std::clamp(sample * 9 / 5, -32768, 32767));
    use(window);
  };
  EXPECT_GT(layer_errors(fp32, wide, louder)[1].total_db, 35);
}

TEST(Quantize, RefusesWideActivationsWhereNoneCanBe) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const auto with = [&](const QuantizeOptions& options) {
    return [&fp32, options] { quantize_post_training(fp32, noise(1, fp32.window_samples), options); };
  };
  EXPECT_THAT(with({.wide_to = "conv12"}),
              ThrowsMessage<UsageError>(HasSubstr(
                  "16-bit activations up to conv12 are not supported; choose conv1, conv2,")));  // a pool reads it
  EXPECT_THAT(with({.wide_to = "conv99"}), ThrowsMessage<UsageError>(HasSubstr("conv99")));
  EXPECT_THAT(with({.input_bits = 8, .wide_to = "conv3"}), ThrowsMessage<UsageError>(HasSubstr("16-bit input")));
  EXPECT_THAT(with({.keep_fp32 = {"conv2"}, .wide_to = "conv3"}), ThrowsMessage<UsageError>(HasSubstr("conv2")));
  EXPECT_NO_THROW(with({.keep_fp32 = {"conv4", "conv5"}, .wide_to = "conv3"})());
}

TEST(Quantize, TheFileShrinks) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const fb::ModelT fp32 = pack_network(network);
  const fb::ModelT int8 = quantize_post_training(fp32, noise(2, input_values(network.spec.input)));
  EXPECT_LT(serialize_model(int8).size(), serialize_model(fp32).size());
}

TEST(Quantize, ASilentFilterIsNoProblem) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (const char* part : {".weight", ".bias"}) network.tensors[std::string("bn4") + part].values.assign(5, 0.0f);
  const fb::ModelT int8 = quantize_post_training(pack_network(network), noise(2, input_values(network.spec.input)));
  const auto scores = classifier(int8).run_pcm(noise_window(1, input_values(network.spec.input)));
  for (const float score : scores) EXPECT_TRUE(std::isfinite(score));
}

TEST(Quantize, RefusesOtherRoutesAndNoCalibration) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const int samples = input_values(network.spec.input);
  const fb::ModelT fp32 = pack_network(network);
  EXPECT_THAT([&] { quantize_post_training(fp32, noise(0, samples)); },
              ThrowsMessage<Error>(HasSubstr("no calibration")));
  const fb::ModelT int8 = quantize_post_training(fp32, noise(1, samples));
  EXPECT_THAT([&] { quantize_post_training(int8, noise(1, samples)); },
              ThrowsMessage<Error>(HasSubstr("the model is already int8")));
  EXPECT_THAT([&] { quantize_post_training(fp32, noise(1, samples), {.keep_fp32 = {"conv13"}}); },
              ThrowsMessage<UsageError>(HasSubstr("cannot keep layer 'conv13' in float; choose conv1, conv2,")));
  EXPECT_THAT([&] { quantize_post_training(fp32, noise(1, samples), {.input_bits = 12}); },
              ThrowsMessage<UsageError>(HasSubstr("12 bits")));
}

}  // namespace
}  // namespace stapes
