// SPDX-License-Identifier: Apache-2.0
// packed_agreement_test.cpp: compares packed models with the trained network, layer by layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/philox.h"
#include "compress/binarize.h"
#include "compress/pack.h"
#include "graph/geometry.h"
#include "graph/networks.h"
#include "graph/weights_file.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_runner.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/modules/network_module.h"
#include "train/network_io.h"

namespace stapes {
namespace {

constexpr double kNearThreshold = 1e-4;  // signs of values closer to 0 may differ

torch::Tensor noise_waves(std::int64_t windows, int samples) {
  Philox rng(3, Philox::Purpose::kTest);
  torch::Tensor waves = torch::empty({windows, 1, 1, samples});
  float* out = waves.data_ptr<float>();
  // Multiples of 1/32768, like all real inputs.
  for (std::int64_t i = 0; i < waves.numel(); ++i)
    out[i] = static_cast<float>(std::lround(rng.normal() * 8000)) / 32768;
  return waves;
}

std::vector<std::int16_t> to_pcm(const torch::Tensor& wave) {
  std::vector<std::int16_t> pcm;
  for (std::int64_t i = 0; i < wave.numel(); ++i) {
    pcm.push_back(static_cast<std::int16_t>(std::lround(wave.data_ptr<float>()[i] * 32768)));
  }
  return pcm;
}

ModelFile pack(const NetworkModule& module) {
  TrainedNetwork network = to_network(module);
  for (int c = 0; c < network.spec.class_count; ++c) network.labels.push_back("label" + std::to_string(c));
  return ModelFile(serialize_model(pack_network(network)), "test");
}

// The batch norms have statistics measured on noise, and random scales and shifts.
NetworkModule settled_module(const NetworkSpec& spec) {
  torch::manual_seed(11);
  NetworkModule module(spec, ModuleOptions{});
  load_network(module, test::RandomNetwork(spec).take());
  module->train();
  const torch::NoGradGuard no_gradient;
  for (int i = 0; i < 20; ++i) {
    module->prepare_step();
    module->forward(noise_waves(8, input_values(spec.input)));
  }
  module->eval();
  return module;
}

TEST(PackedAgreement, FullPrecisionLogits) {
  NetworkModule module = settled_module(test::small_spec());
  const int samples = input_values(module->spec().input);
  HostClassifier classifier(std::make_shared<ModelFile>(pack(module)));
  const torch::Tensor waves = noise_waves(5, samples);
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

// Every bit of `got` must equal the sign of the trained network's value, unless that is near 0.
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
  NetworkModule module = settled_module(test::small_spec(true));
  const ModelFile file = pack(module);
  const torch::NoGradGuard no_gradient;
  const std::vector<torch::Tensor> pre_signs = module->pre_signs(noise_waves(1, input_values(module->spec().input)));
  std::size_t conv = 0;
  int compared = 0;
  for (const fb::Layer* layer : *file.model().layers()) {
    const std::string name = layer->name()->str();
    if (!name.starts_with("conv")) continue;
    const std::size_t number = conv++;
    if (number == 0 || number + 1 == test::kAcdnetConvs) continue;  // the first reads PCM; no sign follows the last
    torch::Tensor want = pre_signs[number + 1];
    if (number == 1) want = want.permute({0, 2, 1, 3});  // the transpose is in between
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
  NetworkModule module = settled_module(test::small_spec(true));
  const ModelFile file = pack(module);
  const torch::Tensor wave = noise_waves(1, input_values(module->spec().input));
  const std::vector<std::int16_t> pcm = to_pcm(wave);
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

struct FormCase {
  const char* name;
  BinaryForm form;
};
class PackedForm : public testing::TestWithParam<FormCase> {
 protected:
  static NetworkSpec spec() {
    NetworkSpec spec = test::small_spec(true);
    spec.form = GetParam().form;
    return spec;
  }
};

// The alpha folded into the 8-bit weights of convolution `conv` if the convolution before it is binary, else 1.
std::vector<double> folded_scales(const TrainedNetwork& network, int conv) {
  const auto channels = network.tensors.at("conv" + std::to_string(conv + 1) + ".weight").shape.at(1);
  const bool scaled = conv > 0 && network.spec.form.scaled &&
                      network_geometry(network.spec).convs[static_cast<std::size_t>(conv) - 1].binary;
  if (!scaled) return std::vector<double>(static_cast<std::size_t>(channels), 1.0);
  return binarize_filters(network.tensors.at("conv" + std::to_string(conv) + ".weight")).alpha;
}

// Only the rounding of activations remains. Random networks on noise are chaotic: rounding the weights alone changes
// every score.
TrainedNetwork with_rounded_weights(TrainedNetwork network, const ModelFile& file) {
  for (const fb::Layer* layer : *file.model().layers()) {
    const fb::ConvI8* op = layer->op_as_ConvI8();
    if (op == nullptr) continue;
    const int conv = std::stoi(layer->name()->str().substr(4)) - 1;
    FloatTensor& weights = network.tensors.at(layer->name()->str() + ".weight");
    const std::vector<double> scales = folded_scales(network, conv);
    const std::size_t outs = static_cast<std::size_t>(weights.shape[0]), ins = scales.size();
    const std::size_t taps = weights.values.size() / (outs * ins);
    for (std::size_t out = 0; out < outs; ++out) {
      double product = 0, square = 0;
      const auto visit = [&](const auto& use) {
        for (std::size_t in = 0; in < ins; ++in)
          for (std::size_t tap = 0; tap < taps; ++tap)
            use(weights.values[(out * ins + in) * taps + tap],
                double{1} * op->weights()->Get(static_cast<std::uint32_t>((out * taps + tap) * ins + in)), scales[in]);
      };
      visit([&](float w, double q, double scale) { product += w * scale * q, square += q * q; });
      visit([&](float& w, double q, double scale) { w = static_cast<float>(q * product / (square * scale)); });
    }
  }
  return network;
}

// Runs the layers on `wave` up to the first that outputs bits. Sets `conv` to its convolution's number.
std::vector<std::uint32_t> first_bits(const ModelFile& file, const torch::Tensor& wave, int& conv) {
  const std::vector<std::int16_t> pcm = to_pcm(wave);
  std::vector<std::uint32_t> values((pcm.size() + 1) / 2);
  std::memcpy(values.data(), pcm.data(), pcm.size() * sizeof pcm[0]);
  for (const fb::Layer* layer : *file.model().layers()) {
    const fb::Tensor& out = output_tensor(file.model(), *layer);
    std::vector<std::uint32_t> next((tensor_bytes(out) + 3) / 4),
        scratch(layer_scratch_bytes(file.model(), *layer) + 1);
    run_layer(file.model(), *layer, reinterpret_cast<const std::byte*>(values.data()),
              reinterpret_cast<std::byte*>(next.data()), reinterpret_cast<std::byte*>(scratch.data()));
    values = std::move(next);
    if (layer->name()->str().starts_with("conv")) conv = std::stoi(layer->name()->str().substr(4));
    if (out.dtype() == fb::DType::kBits) return values;
  }
  return {};
}

// All error sources of an 8-bit front end: scales, ReLU, batch norm, transpose.
TEST_P(PackedForm, TheFirstBitsFollowTheTrainingForm) {
  NetworkModule module = settled_module(spec());
  const ModelFile file = pack(module);
  load_network(module, with_rounded_weights(to_network(module), file));
  const torch::NoGradGuard no_gradient;
  int different = 0, all = 0;
  for (int window = 0; window < 8; ++window) {
    const torch::Tensor wave =
        noise_waves(window + 1, input_values(module->spec().input))[window].unsqueeze(0).contiguous();
    int conv = 0;
    const std::vector<std::uint32_t> got = first_bits(file, wave, conv);
    torch::Tensor pre_sign = module->pre_signs(wave)[static_cast<std::size_t>(conv)];
    if (conv == 2) pre_sign = pre_sign.permute({0, 2, 1, 3});  // undoes the transpose
    const std::vector<std::uint32_t> want = pack_signs(pre_sign.contiguous());
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) different += __builtin_popcount(got[i] ^ want[i]);
    all += static_cast<int>(pre_sign.numel());
  }
  EXPECT_LE(different, all / 200) << "of " << all;
}

// A bit near its threshold may flip and change a window's scores. With a rounded front end, this happens in most
// windows. With a wrong scale, axis or border, the scores would be unrelated.
TEST_P(PackedForm, ScoresFollowTheTrainingForm) {
  const auto& kept = GetParam().form.keep_8_bit;
  if (!kept.empty() && kept.front() == "conv2") return;  // covered by the test above and by trainer_test.cpp
  NetworkModule module = settled_module(spec());
  const int samples = input_values(module->spec().input);
  const auto file = std::make_shared<ModelFile>(pack(module));
  HostClassifier classifier(file);
  load_network(module, with_rounded_weights(to_network(module), *file));
  const torch::Tensor waves = noise_waves(40, samples);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor want = module->forward(waves);
  torch::Tensor got = torch::empty_like(want);
  for (std::int64_t i = 0; i < waves.size(0); ++i) {
    std::vector<float> scores =
        classifier.run(std::span(waves[i].data_ptr<float>(), static_cast<std::size_t>(samples)));
    got[i] = torch::from_blob(scores.data(), {want.size(1)});
  }
  const torch::Tensor spread = want - want.mean(0);  // between windows, per class
  const double error = (got - want).norm().item<double>() / spread.norm().item<double>();
  EXPECT_LT(error, kept.empty() ? 0.1 : 0.3);
}

TEST_P(PackedForm, SurvivesTheWeightsFile) {
  TrainedNetwork network = test::RandomNetwork(spec()).take();
  const test::TempDir dir;
  write_network(dir / "a.network", network, Existing::kRefuse);
  const TrainedNetwork read = read_network(dir / "a.network");
  EXPECT_EQ(read.spec.form, network.spec.form);
  EXPECT_EQ(serialize_model(pack_network(read)), serialize_model(pack_network(network)));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, PackedForm,
    testing::Values(FormCase{"published", {}}, FormCase{"conv2", {.keep_8_bit = {"conv2"}}},
                    FormCase{"conv2_conv12", {.keep_8_bit = {"conv2", "conv12"}}},
                    FormCase{"conv2_conv3_conv12", {.keep_8_bit = {"conv2", "conv3", "conv12"}}},
                    FormCase{"conv7", {.keep_8_bit = {"conv7"}}},
                    FormCase{"conv3_unscaled", {.keep_8_bit = {"conv3"}, .scaled = false}},
                    FormCase{"unscaled", {.scaled = false}}, FormCase{"rprelu", {.rprelu = true}},
                    FormCase{"all", {.keep_8_bit = {"conv2", "conv12"}, .scaled = false, .rprelu = true}}),
    [](const auto& info) { return info.param.name; });

TEST(PackedAgreement, ShortcutsAreRefusedByName) {
  NetworkSpec spec = test::small_spec(true);
  spec.form.shortcuts = true;
  try {
    pack_network(test::RandomNetwork(spec).take());
    FAIL() << "was packed";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("shortcuts cannot be packed"));
  }
}

}  // namespace
}  // namespace stapes
