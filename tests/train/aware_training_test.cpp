// SPDX-License-Identifier: Apache-2.0
// Quantization-aware training and the integer kernels compute the same.
#include "train/aware_training.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>

#include "base/error.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "data/data_set.h"
#include "data/selection.h"
#include "evaluate/packed_evaluation.h"
#include "graph/networks.h"
#include "graph/weights_file.h"
#include "packed/writer.h"
#include "runs/recipes.h"
#include "runtime/layer_runner.h"
#include "support/calibration_windows.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"
#include "train/modules/aware_module.h"
#include "train/network_io.h"
#include "train/trainer.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

namespace fb = packed::fb;

constexpr int kWindows = 8;

// Every layer's output in steps of its grid, from the integer kernels.
std::vector<std::vector<int>> integer_outputs(const fb::ModelT& int8, std::span<const std::int16_t> window) {
  const ModelFile file(serialize_model(int8), "test");
  const fb::Model& model = file.model();
  std::vector<std::byte> input(tensor_bytes(*model.tensors()->Get(0)));
  std::memcpy(input.data(), window.data(), input.size());
  std::vector<std::vector<int>> outputs;
  for (const fb::Layer* layer : *model.layers()) {
    const fb::Tensor& tensor = output_tensor(model, *layer);
    std::vector<std::byte> output(tensor_bytes(tensor)), scratch(layer_scratch_bytes(model, *layer));
    run_layer(model, *layer, input.data(), output.data(), scratch.data());
    std::vector<int>& values = outputs.emplace_back();
    if (tensor.dtype() == fb::DType::kI8) {
      for (const std::byte b : output) values.push_back(static_cast<std::int8_t>(b));
    } else if (tensor.dtype() == fb::DType::kI16) {
      std::vector<std::int16_t> wide(output.size() / 2);
      std::memcpy(wide.data(), output.data(), output.size());
      values.assign(wide.begin(), wide.end());
    }
    input = std::move(output);
  }
  return outputs;
}

// A layer's output in the training network, [H][W][C] as in the kernels.
std::vector<int> training_outputs(const torch::Tensor& layer, const fb::TensorT& tensor) {
  const torch::Tensor steps = (layer / double{tensor.scale}).round() + tensor.zero_point;
  const torch::Tensor inner = steps.permute({0, 2, 3, 1}).contiguous();
  return {inner.data_ptr<float>(), inner.data_ptr<float>() + inner.numel()};
}

struct AwareCase {
  NetworkSpec (*spec)();
  QuantizeOptions options;
};

NetworkSpec small_acdnet() { return test::small_spec(); }
NetworkSpec small_ds_cnn() { return named_network("ds-cnn:6,10,9,7,8,10,11", 3, AudioInput{8000, 4000}); }

NetworkSpec with_an_average_pool() {
  return test::spec_of_nodes(AudioInput{8000, 4000}, R"(
  { name = "a", op = "conv", kernel = [1, 9], stride = [1, 8], filters = 6, pool = [1, 4] },
  { name = "t", op = "transpose" },
  { name = "b", op = "conv", kernel = 3, pad = 1, filters = 5 },
  { name = "p", op = "average-pool", pool = [2, 3] },
  { name = "c", op = "conv", kernel = 3, pad = 1, filters = 7 },
)");
}

NetworkSpec with_uneven_padding() {
  return test::spec_of_nodes(AudioInput{8000, 4000}, R"(
  { name = "a", op = "conv", kernel = [1, 9], stride = [1, 8], filters = 6, pool = [1, 4] },
  { name = "t", op = "transpose" },
  { name = "b", op = "conv", kernel = [3, 4], pad = [0, 2, 1, 3], filters = 5, activation = "none" },
  { name = "m", op = "max-pool", pool = 3, stride = 2, pad = [1, 2, 0, 1] },
  { name = "c", op = "conv", kernel = 2, pad = "same", filters = 7 },
)");
}

NetworkSpec with_relu6() {
  NetworkSpec spec{.input = AudioInput{8000, 4000}, .class_count = 3};
  spec.graph = parse_graph(R"(name = "relu6"
input = "audio"
[[block]]
nodes = [
  { name = "a", op = "conv", kernel = [1, 9], stride = [1, 8], filters = 6, pool = [1, 4], activation = "relu6" },
  { name = "t", op = "transpose" },
  { name = "b", op = "conv", kernel = 3, filters = 5, activation = "relu6" },
  { name = "p", op = "global-pool" },
  { name = "c", op = "linear", filters = 12 },
  { name = "d", op = "linear", filters = 7, norm = true, activation = "relu6" },
  { name = "head", op = "linear" },
])",
                           "relu6.toml", 3);
  return spec;
}

class AwareForm : public testing::TestWithParam<AwareCase> {};
INSTANTIATE_TEST_SUITE_P(Forms, AwareForm,
                         testing::Values(AwareCase{small_acdnet, {.weights = WeightScales::kPerChannel}},
                                         AwareCase{small_acdnet, {.weights = WeightScales::kPerTensor}},
                                         AwareCase{small_acdnet, {.wide_to = "conv3"}},
                                         AwareCase{small_ds_cnn, {.weights = WeightScales::kPerChannel}},
                                         AwareCase{with_an_average_pool, {.weights = WeightScales::kPerChannel}},
                                         AwareCase{with_uneven_padding, {.weights = WeightScales::kPerChannel}},
                                         AwareCase{with_relu6, {.weights = WeightScales::kPerChannel}},
                                         AwareCase{with_relu6, {.wide_to = "a"}},
                                         AwareCase{with_relu6, {.keep_fp32 = {"b"}}}));

TEST_P(AwareForm, GivesWhatTheIntegerKernelsGive) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(GetParam().spec()).take());
  const fb::ModelT int8 = quantize_post_training(fp32, test::noise(20, fp32.window_samples), GetParam().options);
  AwareNetwork network(fp32, int8, GetParam().options.weights);
  const torch::NoGradGuard no_gradient;
  std::size_t values = 0, different = 0;
  int most = 0;
  for (std::uint32_t i = 200; i < 200 + kWindows; ++i) {
    const std::vector<std::int16_t> window = test::noise_window(i, fp32.window_samples);
    const auto want = integer_outputs(int8, window);
    const torch::Tensor wave =
        torch::tensor(std::vector<float>(window.begin(), window.end())).reshape({1, 1, 1, -1}) / 32768;
    const std::vector<torch::Tensor> got = network->layer_outputs(wave);
    for (std::size_t l = 0; l + 1 < got.size(); ++l) {  // the head's scores are not rounded
      const fb::TensorT& tensor = *int8.tensors[static_cast<std::size_t>(int8.layers[l]->output)];
      const std::vector<int> steps = training_outputs(got[l], tensor);
      ASSERT_EQ(steps.size(), want[l].size()) << int8.layers[l]->name;
      for (std::size_t k = 0; k < steps.size(); ++k) {
        values += 1;
        different += steps[k] != want[l][k];
        most = std::max(most, std::abs(steps[k] - want[l][k]));
      }
    }
  }
  EXPECT_LE(most, 1);
  EXPECT_LE(static_cast<double>(different), 1e-3 * static_cast<double>(values)) << values;
}

TEST(AwareNetwork, WithoutGridsItIsTheNetwork) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  AwareNetwork network(fp32, fp32, WeightScales::kPerChannel);
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(fp32), "test"));
  const torch::NoGradGuard no_gradient;
  const std::vector<std::int16_t> window = test::noise_window(1, fp32.window_samples);
  const std::vector<float> want = classifier.run_pcm(window);
  const torch::Tensor wave =
      torch::tensor(std::vector<float>(window.begin(), window.end())).reshape({1, 1, 1, -1}) / 32768;
  const torch::Tensor got = network->forward(wave);
  for (std::size_t c = 0; c < want.size(); ++c) {
    EXPECT_NEAR(got[0][static_cast<std::int64_t>(c)].item<float>(), want[c], 1e-4);
  }
}

// Rounding is straight-through: on a fine grid, gradients have the float network's direction. The networks start from
// fixed weights and take no step, so a processor's rounding changes only the last digits.
TEST(AwareNetwork, ItsGradientsAreThoseOfTheFloatNetwork) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  const fb::ModelT int8 = quantize_post_training(fp32, test::noise(20, fp32.window_samples));
  const auto gradients = [&](const fb::ModelT& grids) {
    AwareNetwork network(fp32, grids, WeightScales::kPerChannel);
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::vector<std::int16_t> window = test::noise_window(i, fp32.window_samples);
      const torch::Tensor wave =
          torch::tensor(std::vector<float>(window.begin(), window.end())).reshape({1, 1, 1, -1}) / 32768;
      torch::log_softmax(network->forward(wave), 1)[0][i % 3].backward();
    }
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& p : network->parameters()) {
      if (p.dim() > 1)
        all.push_back(p.grad().flatten().to(torch::kFloat64));  // weights only: biases sum up the rounding
    }
    return all;
  };
  const std::vector<torch::Tensor> got = gradients(int8), want = gradients(fp32);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double cosine = (got[i].dot(want[i]) / (got[i].norm() * want[i].norm())).item<double>();
    const double length = (got[i].norm() / want[i].norm()).item<double>();
    // 8-bit rounding also moves maxima and zeros. Cosines are 0.93 to 1.00 and lengths 0.71 to 1.03 here. Without the
    // straight-through rule, gradients are 0 and the cosine is NaN.
    EXPECT_GT(cosine, 0.8) << i;
    EXPECT_GT(length, 0.5) << i;
    EXPECT_LT(length, 2) << i;
  }
}

TEST(AwareNetwork, WrittenBackUntrainedItIsTheSameModel) {
  const fb::ModelT fp32 = pack_network(test::RandomNetwork(test::small_spec()).take());
  fb::ModelT copy = copy_model(fp32);
  AwareNetwork(fp32, fp32, WeightScales::kPerChannel)->write_to(copy);
  EXPECT_EQ(serialize_model(copy), serialize_model(fp32));
}

class AwareRun : public testing::Test {
 protected:
  static constexpr AugmentSpec kAugment{.window_samples = 2000};

  AwareRun() {
    TrainConfig config;
    apply_full_precision_recipe(config);
    config.spec = test::acdnet_spec({8000, kAugment.window_samples}, 3, {6, 12, 8, 8, 8, 12, 12, 12, 12, 16, 16, 16});
    config.data_hash = test::write_tones(dir_ / "tones", 120);
    config.batch_size = 16;
    config.schedule = Schedule::kOneCycle;
    config.learning_rate = 0.05;
    config.epochs = config.eval_every = 6;
    config.threads = 1;
    data_.emplace(dir_ / "tones");
    clips_ = select_classes(*data_, "all");
    const RunFolder run = RunFolder::create(dir_ / "run", config, Existing::kRefuse);
    stapes::train(run, {config, without_fold(clips_, 1), only_fold(clips_, 1), {}}, [](const EpochReport&) {});
    fp32_ = pack_network(read_network(run.path()));
    int8_ = quantize_post_training(fp32_, test::noise(10, fp32_.window_samples));
  }

  fb::ModelT train(const AwareTraining& training, std::vector<double>* losses = nullptr) {
    const TrainingSamples samples(without_fold(clips_, 1), kAugment, 3);
    return train_quantization_aware(fp32_, int8_, WeightScales::kPerChannel, samples, training,
                                    [&](const AwareEpoch& epoch) {
                                      if (losses != nullptr) losses->push_back(epoch.loss);
                                    });
  }

  double accuracy(const fb::ModelT& model) {
    const auto file = std::make_shared<const ModelFile>(serialize_model(model), "test");
    return evaluate_packed(file, only_fold(clips_, 1), Protocol::kTenCrops, 1).accuracy();
  }

  test::TempDir dir_;
  std::optional<DataSet> data_;
  ClipSet clips_;
  fb::ModelT fp32_, int8_;
};

// The head strongly favors one class, so the loss starts near 3 nats. With little left to learn, the final loss would
// depend on the processor's rounding.
TEST_F(AwareRun, TheLossFallsAndEveryLayerLearns) {
  fp32_.layers.back()->op.AsLinearF32()->bias.front() += 6;
  int8_ = quantize_on_grids_of(int8_, fp32_, WeightScales::kPerChannel);
  std::vector<double> losses;
  const fb::ModelT trained =
      train({.epochs = 6, .batch_size = 8, .learning_rate = 0.02, .teacher_weight = 0, .threads = 1}, &losses);
  ASSERT_EQ(losses.size(), 6u);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  for (std::size_t l = 0; l < trained.layers.size(); ++l) {
    const auto* before = fp32_.layers[l]->op.AsConvF32();
    if (before == nullptr) continue;
    EXPECT_NE(trained.layers[l]->op.AsConvF32()->weights, before->weights) << trained.layers[l]->name;
  }
  const fb::ModelT after = quantize_on_grids_of(int8_, trained, WeightScales::kPerChannel);
  EXPECT_NE(serialize_model(after), serialize_model(int8_));
  for (std::size_t i = 0; i + 1 < after.tensors.size(); ++i) {
    EXPECT_EQ(after.tensors[i]->scale, int8_.tensors[i]->scale);
    EXPECT_EQ(after.tensors[i]->zero_point, int8_.tensors[i]->zero_point);
  }
}

// Scales conv4 by 64 and undoes this in conv5, like folded batch norms. Plain gradient steps would hardly move one
// layer and destabilize the other.
TEST_F(AwareRun, ALayersSizeDoesNotChangeHowItLearns) {
  const AwareTraining training{.epochs = 2, .batch_size = 8, .learning_rate = 0.005, .threads = 1};
  std::vector<double> plain, scaled;
  train(training, &plain);
  const auto scale = [](std::vector<float>& values, float by) {
    for (float& value : values) value *= by;
  };
  ASSERT_EQ(fp32_.layers[4]->name, "conv4");
  scale(fp32_.layers[4]->op.AsConvF32()->weights, 64);
  scale(fp32_.layers[4]->op.AsConvF32()->bias, 64);
  scale(fp32_.layers[5]->op.AsConvF32()->weights, 1.0f / 64);
  int8_ = quantize_post_training(fp32_, test::noise(10, fp32_.window_samples));
  train(training, &scaled);
  ASSERT_EQ(plain.size(), scaled.size());
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], scaled[i], 0.05 * plain[i]) << i;
}

TEST_F(AwareRun, LayersKeptInFloatStayInFloat) {
  int8_ = quantize_post_training(fp32_, test::noise(10, fp32_.window_samples), {.keep_fp32 = {"conv3", "head"}});
  const fb::ModelT trained = train({.epochs = 1, .batch_size = 8, .threads = 1});
  const fb::ModelT after = quantize_on_grids_of(int8_, trained, WeightScales::kPerChannel);
  for (std::size_t i = 0; i < after.layers.size(); ++i) EXPECT_EQ(after.layers[i]->op.type, int8_.layers[i]->op.type);
}

TEST_F(AwareRun, TheSameSeedGivesTheSameBits) {
  const AwareTraining training{.epochs = 2, .batch_size = 8, .threads = 1};
  EXPECT_EQ(serialize_model(train(training)), serialize_model(train(training)));
}

// With fewer than 20 steps the average equals the weights. With more, it trails them by less than half of their
// distance to the initial weights.
TEST_F(AwareRun, TheAverageFollowsTheWeights) {
  const auto head = [](const fb::ModelT& model) { return model.layers.back()->op.AsLinearF32()->weights; };
  const auto apart = [](const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
  };
  const TrainingSamples samples(without_fold(clips_, 1), kAugment, 3);
  const auto run = [&](int epochs, int batch, const AwareObserver& observer) {
    const AwareTraining training{.epochs = epochs, .batch_size = batch, .learning_rate = 0.01, .threads = 1};
    return train_quantization_aware(fp32_, int8_, WeightScales::kPerChannel, samples, training, observer);
  };
  int seen = 0;
  run(2, 20, [&](const AwareEpoch& epoch) {  // 2 x 3 steps
    EXPECT_EQ(epoch.epoch, ++seen);
    EXPECT_EQ(head(epoch.average), head(epoch.weights));
  });
  EXPECT_EQ(seen, 2);
  std::vector<float> average;
  const fb::ModelT trained = run(6, 4, [&](const AwareEpoch& epoch) { average = head(epoch.average); });  // 6 x 15
  EXPECT_GT(apart(average, head(trained)), 0);
  EXPECT_LT(apart(average, head(trained)), 0.5 * apart(head(fp32_), head(trained)));
}

TEST_F(AwareRun, NumbersOutOfRangeAreRefused) {
  EXPECT_THROW(train({.epochs = 0}), UsageError);
  EXPECT_THROW(train({.epochs = 1, .batch_size = 0}), UsageError);
  EXPECT_THROW(train({.epochs = 1, .learning_rate = 0}), UsageError);
  EXPECT_THROW(train({.epochs = 1, .teacher_weight = 1.5}), UsageError);
}

TEST_F(AwareRun, ReportsADivergedNetwork) {
  fp32_.layers.front()->op.AsConvF32()->weights.front() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(train({.epochs = 1, .batch_size = 8, .threads = 1}), Error);
}

}  // namespace
}  // namespace stapes
