// packed_resnet_test.cpp: the packed forms of a residual network against the training form they were made from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "compress/pack.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_runner.h"
#include "support/random_network.h"
#include "train/network_io.h"
#include "train/network_module.h"
#include "train/tensor_batch.h"

namespace stapes {
namespace {

// Pixels as a data set has them: (p - 128) * 256, channel innermost.
std::vector<std::int16_t> pixels(const NetworkSpec& spec, std::uint64_t seed) {
  Philox rng(seed, Philox::Purpose::kTest);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(spec.window_samples));
  for (std::int16_t& s : samples) s = pixel_sample(static_cast<std::uint8_t>(rng.below(256)));
  return samples;
}

torch::Tensor planes(const NetworkSpec& spec, const std::vector<std::int16_t>& samples) {
  std::vector<float> values(samples.begin(), samples.end());
  const ImageSize& image = spec.image;
  const torch::Tensor rows = torch::from_blob(values.data(), {1, image.height, image.width, image.channels});
  return rows.permute({0, 3, 1, 2}).contiguous() / 32768;
}

// Batch norms that fit the network: statistics of noise, scales and shifts at random.
NetworkModule settled_resnet(const NetworkSpec& spec) {
  torch::manual_seed(11);
  NetworkModule module(spec, ModuleOptions{.dropout = 0});
  load_network(module, test::RandomNetwork(spec).take());
  module->train();
  const torch::NoGradGuard no_gradient;
  for (std::uint64_t i = 0; i < 30; ++i) {
    module->prepare_step();
    std::vector<torch::Tensor> batch;
    for (std::uint64_t k = 0; k < 8; ++k) batch.push_back(planes(spec, pixels(spec, 100 + 8 * i + k)));
    module->forward(torch::cat(batch));
  }
  module->eval();
  return module;
}

std::shared_ptr<const ModelFile> packed_form(const NetworkModule& module) {
  TrainedNetwork network = to_network(module);
  for (int c = 0; c < network.spec.class_count; ++c) network.labels.push_back("label" + std::to_string(c));
  return std::make_shared<const ModelFile>(serialize_model(pack_network(network)), "test");
}

// Largest difference of logits over the largest logit.
double logit_error(NetworkModule& module, int images) {
  const torch::NoGradGuard no_gradient;
  HostClassifier classifier(packed_form(module));
  double error = 0;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(images); ++i) {
    const std::vector<std::int16_t> samples = pixels(module->spec(), i);
    const std::vector<float> got = classifier.run_pcm(samples);
    const torch::Tensor want = module->forward(planes(module->spec(), samples));
    for (std::size_t c = 0; c < got.size(); ++c) {
      const double difference = std::fabs(got[c] - want[0][static_cast<std::int64_t>(c)].item<float>());
      error = std::max(error, difference / want.abs().max().item<double>());
    }
  }
  return error;
}

TEST(PackedResnet, FullPrecisionLogitsAreThoseOfTheTrainingForm) {
  NetworkModule module = settled_resnet(test::small_resnet_spec());
  EXPECT_LT(logit_error(module, 5), 1e-4);
}

// Every tensor of a model for one image, by the name of the layer that gives it.
class AllLayers {
 public:
  AllLayers(const ModelFile& file, const std::vector<std::int16_t>& image) : file_(file) {
    std::vector<std::vector<std::byte>> tensors(file.model().tensors()->size());
    const auto bytes = std::as_bytes(std::span(image));
    tensors[0].assign(bytes.begin(), bytes.end());
    for (const fb::Layer* layer : *file.model().layers()) {
      const auto input = [&](unsigned k) { return tensors[static_cast<std::size_t>(layer->inputs()->Get(k))].data(); };
      std::vector<std::byte> output(tensor_bytes(output_tensor(file.model(), *layer)));
      std::vector<std::byte> scratch(layer_scratch_bytes(file.model(), *layer));
      run_layer(file.model(), *layer, {input(0), layer->inputs()->size() > 1 ? input(1) : nullptr}, output.data(),
                scratch.data());
      tensors[static_cast<std::size_t>(layer->output())] = output;
      by_name_[layer->name()->str()] = {layer->output(), std::move(output)};
    }
  }

  // Bit of channel c at position p; whether the layer gives bits at all.
  bool has(const std::string& layer) const { return by_name_.contains(layer); }
  bool bit(const std::string& layer, std::int64_t position, std::int64_t channel) const {
    const auto& [tensor, bytes] = by_name_.at(layer);
    const auto channels = file_.model().tensors()->Get(static_cast<unsigned>(tensor))->channels();
    const auto words = reinterpret_cast<const std::uint32_t*>(bytes.data());
    return (words[position * words_for(channels) + channel / 32] >> (channel % 32)) & 1u;
  }

 private:
  const ModelFile& file_;
  std::map<std::string, std::pair<std::int32_t, std::vector<std::byte>>> by_name_;
};

// Share of the bits in front of each binary convolution that differ from the training form's signs.
std::map<std::string, double> flipped_bits(NetworkModule& module) {
  const torch::NoGradGuard no_gradient;
  const auto file = packed_form(module);
  std::map<std::string, double> flipped, all;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const std::vector<std::int16_t> samples = pixels(module->spec(), seed);
    const AllLayers packed(*file, samples);
    const std::vector<torch::Tensor> signs = module->pre_signs(planes(module->spec(), samples));
    const std::vector<ConvGeometry>& convs = module->geometry().convs;
    for (std::size_t i = 1; i < convs.size(); ++i) {
      // Bits of its own, or those that the convolution in front of it gives.
      const std::string& name = convs[i].name;
      const std::string source = packed.has(name + "sign") ? name + "sign" : convs[i - 1].name;
      const torch::Tensor want = signs[i][0].permute({1, 2, 0}).flatten(0, 1).contiguous();
      for (std::int64_t p = 0; p < want.size(0); ++p) {
        for (std::int64_t c = 0; c < want.size(1); ++c) {
          flipped[name] += packed.bit(source, p, c) != (want[p][c].item<float>() > 0) ? 1 : 0;
          all[name] += 1;
        }
      }
    }
  }
  for (auto& [name, count] : flipped) count /= all[name];
  return flipped;
}

// The stem's weights have 8 bits, so a value next to a threshold may fall on the other side; sums are exact after it.
TEST(PackedResnet, BitsAreTheSignsOfTheTrainingForm) {
  NetworkModule module = settled_resnet(test::small_resnet_spec(true));
  for (const auto& [name, share] : flipped_bits(module)) EXPECT_LT(share, 0.02) << name;
}

TEST(PackedResnet, BinaryLogitsAreNextToThoseOfTheTrainingForm) {
  NetworkModule module = settled_resnet(test::small_resnet_spec(true));
  EXPECT_LT(logit_error(module, 5), 0.05);
}

}  // namespace
}  // namespace stapes
