// packed_agreement_test.cpp: the packed form against the training form it was made from, layer by layer.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "compress/pack.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_runner.h"
#include "support/random_network.h"
#include "train/acdnet_module.h"
#include "train/network_io.h"

namespace stapes {
namespace {

constexpr double kNearThreshold = 1e-4;  // pre-sign values closer to 0 may fall on either side

torch::Tensor noise(std::int64_t windows, int samples) {
  Philox rng(3, Philox::Purpose::kTest);
  torch::Tensor waves = torch::empty({windows, 1, 1, samples});
  float* out = waves.data_ptr<float>();
  // Multiples of 1/32768, as every real input is.
  for (std::int64_t i = 0; i < waves.numel(); ++i)
    out[i] = static_cast<float>(std::lround(rng.normal() * 8000)) / 32768;
  return waves;
}

ModelFile pack(const Acdnet& module) {
  TrainedNetwork network = to_network(module);
  for (int c = 0; c < network.spec.class_count; ++c) network.labels.push_back("label" + std::to_string(c));
  return ModelFile(serialize_model(pack_network(network)), "test");
}

// Batch norms that fit the network: statistics of noise, scales and shifts at random.
Acdnet settled_module(const AcdnetSpec& spec) {
  torch::manual_seed(11);
  Acdnet module(spec, AcdnetOptions{});
  load_network(module, test::RandomNetwork(spec).take());
  module->train();
  const torch::NoGradGuard no_gradient;
  for (int i = 0; i < 20; ++i) {
    module->prepare_step();
    module->forward(noise(8, spec.window_samples));
  }
  module->eval();
  return module;
}

TEST(PackedAgreement, FullPrecisionLogits) {
  Acdnet module = settled_module(test::small_spec());
  const int samples = module->spec().window_samples;
  HostClassifier classifier(std::make_shared<ModelFile>(pack(module)));
  const torch::Tensor waves = noise(5, samples);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor want = module->forward(waves);
  for (std::int64_t i = 0; i < waves.size(0); ++i) {
    const std::span wave(waves[i].data_ptr<float>(), static_cast<std::size_t>(samples));
    const std::vector<float> got = classifier.run(wave);
    for (std::size_t c = 0; c < got.size(); ++c) {
      EXPECT_NEAR(got[c], want[i][static_cast<std::int64_t>(c)].item<float>(), 1e-4 * want.abs().max().item<float>());
    }
  }
}

// Bits [height][width][words] of values [1][channels][height][width].
std::vector<std::uint32_t> pack_signs(const torch::Tensor& values) {
  const std::int64_t channels = values.size(1), height = values.size(2), width = values.size(3);
  const std::size_t words = static_cast<std::size_t>(words_for(channels));
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(height * width) * words, 0);
  const auto value = values.accessor<float, 4>();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        if (value[0][c][y][x] > 0)
          bits[static_cast<std::size_t>(y * width + x) * words + static_cast<std::size_t>(c / 32)] |= 1u << (c % 32);
  return bits;
}

struct Comparison {
  int compared = 0, near = 0;
};

// Every bit of `got` equals the sign of the training form's value, where that is not next to 0.
Comparison compare_bits(const std::vector<std::uint32_t>& got, const torch::Tensor& want, const std::string& layer) {
  Comparison result;
  const std::size_t words = static_cast<std::size_t>(words_for(want.size(1)));
  const auto value = want.accessor<float, 4>();
  for (std::int64_t y = 0; y < want.size(2); ++y)
    for (std::int64_t x = 0; x < want.size(3); ++x)
      for (std::int64_t c = 0; c < want.size(1); ++c) {
        if (std::fabs(value[0][c][y][x]) < kNearThreshold) {
          ++result.near;
          continue;
        }
        const std::size_t at =
            static_cast<std::size_t>(y * want.size(3) + x) * words + static_cast<std::size_t>(c / 32);
        EXPECT_EQ((got[at] >> (c % 32)) & 1u, value[0][c][y][x] > 0 ? 1u : 0u)
            << layer << " at " << y << "," << x << "," << c;
        ++result.compared;
      }
  return result;
}

std::vector<std::uint32_t> run(const ModelFile& file, const fb::Layer& layer, const std::vector<std::uint32_t>& input) {
  std::vector<std::uint32_t> output(tensor_bytes(output_tensor(file.model(), layer)) / 4);
  std::vector<std::uint32_t> scratch(layer_scratch_bytes(file.model(), layer) / 4 + 1);
  run_layer(file.model(), layer, reinterpret_cast<const std::byte*>(input.data()),
            reinterpret_cast<std::byte*>(output.data()), reinterpret_cast<std::byte*>(scratch.data()));
  return output;
}

TEST(PackedAgreement, EachBinaryLayerOnTheTrainingFormsOwnBits) {
  Acdnet module = settled_module(test::small_spec(true));
  const ModelFile file = pack(module);
  const torch::NoGradGuard no_gradient;
  const std::vector<torch::Tensor> pre_signs = module->pre_signs(noise(1, module->spec().window_samples));
  std::size_t conv = 0;
  int compared = 0;
  for (const fb::Layer* layer : *file.model().layers()) {
    const std::string name = layer->name()->str();
    if (!name.starts_with("conv")) continue;
    const std::size_t number = conv++;
    if (number == 0 || number + 1 == kAcdnetConvs) continue;  // PCM in; no sign after it
    torch::Tensor want = pre_signs[number + 1];
    if (number == 1) want = want.permute({0, 2, 1, 3});  // the swap lies between
    const Comparison result =
        compare_bits(run(file, *layer, pack_signs(pre_signs[number].contiguous())), want.contiguous(), name);
    EXPECT_LT(result.near, 1 + result.compared / 50) << name;
    compared += result.compared;
  }
  EXPECT_EQ(conv, 12u);
  EXPECT_GT(compared, 500);
}

// The first layer's weights are rounded to about 2^-15 of their sum, so values near the threshold may flip.
TEST(PackedAgreement, TheFirstBinaryLayerOnPcm) {
  Acdnet module = settled_module(test::small_spec(true));
  const ModelFile file = pack(module);
  const torch::Tensor wave = noise(1, module->spec().window_samples);
  std::vector<std::int16_t> pcm;
  for (std::int64_t i = 0; i < wave.numel(); ++i) {
    pcm.push_back(static_cast<std::int16_t>(std::lround(wave.data_ptr<float>()[i] * 32768)));
  }
  const fb::Layer& layer = *file.model().layers()->Get(0);
  std::vector<std::uint32_t> got(tensor_bytes(output_tensor(file.model(), layer)) / 4);
  run_layer(file.model(), layer, reinterpret_cast<const std::byte*>(pcm.data()),
            reinterpret_cast<std::byte*>(got.data()), nullptr);
  const torch::NoGradGuard no_gradient;
  const std::vector<std::uint32_t> want = pack_signs(module->pre_signs(wave)[1].contiguous());
  int different = 0;
  for (std::size_t i = 0; i < got.size(); ++i) different += __builtin_popcount(got[i] ^ want[i]);
  EXPECT_LE(different, static_cast<int>(got.size()) * 3 / 1000);  // 0.1 % of 3 channels
}

TEST(PackedAgreement, BinaryScoresFollowTheTrainingForm) {
  Acdnet module = settled_module(test::small_spec(true));
  const int samples = module->spec().window_samples;
  HostClassifier classifier(std::make_shared<ModelFile>(pack(module)));
  const torch::Tensor waves = noise(20, samples);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor want = module->forward(waves);
  int same = 0;
  for (std::int64_t i = 0; i < waves.size(0); ++i) {
    const std::vector<float> got =
        classifier.run(std::span(waves[i].data_ptr<float>(), static_cast<std::size_t>(samples)));
    bool close = true;
    for (std::size_t c = 0; c < got.size(); ++c) {
      close = close && std::fabs(got[c] - want[i][static_cast<std::int64_t>(c)].item<float>()) <
                           1e-3 * want.abs().max().item<float>();
    }
    same += close ? 1 : 0;
  }
  EXPECT_GE(same, 18) << "of 20 windows; a bit that flips in conv1 may change one";
}

}  // namespace
}  // namespace stapes
