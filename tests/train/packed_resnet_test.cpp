// SPDX-License-Identifier: Apache-2.0
// packed_resnet_test.cpp: compares packed models of residual networks with the trained network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "base/philox.h"
#include "compress/pack.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_runner.h"
#include "support/random_network.h"
#include "train/modules/binary_layers.h"
#include "train/modules/network_module.h"
#include "train/network_io.h"
#include "train/tensor_batch.h"

namespace stapes {
namespace {

// (p - 128) * 256, channel innermost.
std::vector<std::int16_t> pixels(const NetworkSpec& spec, std::uint64_t seed) {
  Philox rng(seed, Philox::Purpose::kTest);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(input_values(spec.input)));
  for (std::int16_t& s : samples) s = pixel_sample(static_cast<std::uint8_t>(rng.below(256)));
  return samples;
}

torch::Tensor image_planes(const NetworkSpec& spec, const std::vector<std::int16_t>& samples) {
  std::vector<float> values(samples.begin(), samples.end());
  const ImageSize image = image_size(spec.input);
  const torch::Tensor rows = torch::from_blob(values.data(), {1, image.height, image.width, image.channels});
  return rows.permute({0, 3, 1, 2}).contiguous() / 32768;
}

// The batch norms have statistics measured on noise, and random scales and shifts.
NetworkModule settled_resnet(const NetworkSpec& spec) {
  torch::manual_seed(11);
  NetworkModule module(spec, ModuleOptions{.dropout = 0});
  load_network(module, test::RandomNetwork(spec).take());
  module->train();
  const torch::NoGradGuard no_gradient;
  for (std::uint64_t i = 0; i < 30; ++i) {
    module->prepare_step();
    std::vector<torch::Tensor> batch;
    for (std::uint64_t k = 0; k < 8; ++k) batch.push_back(image_planes(spec, pixels(spec, 100 + 8 * i + k)));
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

double logit_error(NetworkModule& module, int images) {
  const torch::NoGradGuard no_gradient;
  HostClassifier classifier(packed_form(module));
  double error = 0;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(images); ++i) {
    const std::vector<std::int16_t> samples = pixels(module->spec(), i);
    const std::vector<float> got = classifier.run_pcm(samples);
    const torch::Tensor want = module->forward(image_planes(module->spec(), samples));
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

TEST(PackedResnet, OtherResidualNetworksArePackedAlike) {
  NetworkSpec spec = named_network("mobilenet-like:6,8,7,9,12,10,13,16,11,17,24", 3, ImageSize{16, 16, 3});
  NetworkModule module = settled_resnet(spec);
  EXPECT_LT(logit_error(module, 5), 1e-4);
}

NetworkSpec image_spec(const std::string& nodes) { return test::spec_of_nodes(ImageSize{15, 16, 3}, nodes); }

// Asymmetric padding and separate max-pools.
constexpr const char* kUnevenNodes = R"(
  { name = "stem", op = "conv", kernel = 4, stride = 2, pad = "same", filters = 8 },
  { name = "wide", op = "conv", kernel = [3, 2], pad = [0, 2, 1, 0], filters = 8 },
  { name = "overlap", op = "max-pool", pool = 3, stride = 2, pad = [0, 1, 1, 0] },
  { name = "deep", op = "conv", kernel = 3, pad = [2, 0, 0, 2], groups = "depthwise" },
  { name = "sum", op = "add", inputs = ["overlap", "deep"], activation = "none" },
  { name = "after_sum", op = "max-pool", pool = 2 },
  { name = "last", op = "conv", input = "after_sum", kernel = 2, pad = "same", filters = 9, norm = false },
)";

TEST(PackedPadding, UnevenPaddingAndSeparateMaxPoolsArePackedAlike) {
  NetworkModule module = settled_resnet(image_spec(kUnevenNodes));
  EXPECT_LT(logit_error(module, 5), 1e-4);
  int pools = 0;
  for (const fb::Layer* layer : *packed_form(module)->model().layers()) pools += layer->op_as_MaxPool() != nullptr;
  EXPECT_EQ(pools, 2);
}

TEST(PackedActivations, Relu6AndHiddenLinearLayersArePackedAlike) {
  NetworkModule module = settled_resnet(image_spec(R"(
  { name = "stem", op = "conv", kernel = 3, filters = 8, activation = "relu6" },
  { name = "deep", op = "conv", kernel = 3, pad = 1, groups = "depthwise", activation = "relu6", pool = 2 },
  { name = "side", op = "conv", input = "stem", kernel = 2, stride = 2, filters = 8, activation = "none" },
  { name = "sum", op = "add", inputs = ["deep", "side"], activation = "relu6" },
  { name = "squeeze", op = "global-pool" },
  { name = "dense1", op = "linear", filters = 20 },
  { name = "dense2", op = "linear", filters = 9, norm = true, activation = "relu6" },
)"));
  EXPECT_LT(logit_error(module, 5), 1e-4);
}

// The outputs of a binary model's layers for one image, [1][channels][height][width].
class LayerOutputs {
 public:
  LayerOutputs(const ModelFile& file, const std::vector<std::int16_t>& image) {
    const fb::Model& model = file.model();
    std::vector<std::vector<std::byte>> tensors(model.tensors()->size());
    const auto bytes = std::as_bytes(std::span(image));
    tensors[0].assign(bytes.begin(), bytes.end());
    for (const fb::Layer* layer : *model.layers()) {
      const auto input = [&](unsigned k) { return tensors[static_cast<std::size_t>(layer->inputs()->Get(k))].data(); };
      std::vector<std::byte> output(tensor_bytes(output_tensor(model, *layer)));
      std::vector<std::byte> scratch(layer_scratch_bytes(model, *layer));
      run_layer(model, *layer, {input(0), layer->inputs()->size() > 1 ? input(1) : nullptr}, output.data(),
                scratch.data());
      by_name_[layer->name()->str()] = values(output_tensor(model, *layer), output);
      tensors[static_cast<std::size_t>(layer->output())] = std::move(output);
    }
  }

  bool has(const std::string& layer) const { return by_name_.contains(layer); }
  // Bits are +1 and -1. Numbers are real values if the tensor has a scale, otherwise sums.
  const torch::Tensor& operator[](const std::string& layer) const { return by_name_.at(layer); }

 private:
  static torch::Tensor values(const fb::Tensor& tensor, const std::vector<std::byte>& bytes) {
    const std::int64_t channels = tensor.channels(), positions = std::int64_t{tensor.height()} * tensor.width();
    torch::Tensor all = torch::empty({positions, channels}, torch::kFloat64);
    for (std::int64_t p = 0; p < positions; ++p) {
      for (std::int64_t c = 0; c < channels; ++c) all[p][c] = value(tensor, bytes, p, c);
    }
    return all.view({1, tensor.height(), tensor.width(), channels}).permute({0, 3, 1, 2}).contiguous();
  }
  static double value(const fb::Tensor& tensor, const std::vector<std::byte>& bytes, std::int64_t p, std::int64_t c) {
    const std::int64_t at = p * tensor.channels() + c;
    switch (tensor.dtype()) {
      case fb::DType::kBits: {
        const auto* words = reinterpret_cast<const std::uint32_t*>(bytes.data());
        return (words[p * words_for(tensor.channels()) + c / 32] >> (c % 32)) & 1u ? 1 : -1;
      }
      case fb::DType::kI16:
        return double{tensor.scale()} * reinterpret_cast<const std::int16_t*>(bytes.data())[at];
      default:
        return double{tensor.scale()} * reinterpret_cast<const std::int32_t*>(bytes.data())[at];
    }
  }

  std::map<std::string, torch::Tensor> by_name_;
};

// Exact, since the reference convolves the packed stem's bits, zero-padded.
TEST(PackedPadding, BinarySumsCountTheTapsInside) {
  NetworkSpec spec = image_spec(R"(
  { name = "stem", op = "conv", kernel = 3, pad = [0, 1, 1, 0], filters = 40 },
  { name = "bits", op = "conv", kernel = 4, stride = 2, pad = [0, 2, 1, 3], filters = 20, precision = "binary" },
)");
  spec.binary = true;
  NetworkModule module = settled_resnet(spec);
  const LayerOutputs packed(*packed_form(module), pixels(spec, 1));
  const torch::Tensor centered = center_and_clamp(module->conv_weight(1).detach().to(torch::kFloat64));
  const torch::Tensor signs = torch::where(centered > 0, torch::ones_like(centered), -torch::ones_like(centered));
  const torch::Tensor around = torch::constant_pad_nd(packed["stem"], {1, 3, 0, 2});
  EXPECT_TRUE(torch::equal(packed["bits"], torch::relu(torch::conv2d(around, signs, {}, 2))));
}

// Each layer of the trained network reads the packed model's values, or one bit flipped by rounding would change all
// later layers. Everything is float64.
class LayersOnPackedInputs : public testing::Test {
 protected:
  explicit LayersOnPackedInputs(const NetworkSpec& spec = test::small_resnet_spec(true))
      : module_(settled_resnet(spec)),
        network_(to_network(module_)),
        image_(pixels(module_->spec(), 1)),
        packed_(*packed_form(module_), image_) {}

  torch::Tensor tensor(const std::string& name) const {
    const FloatTensor& plain = network_.tensors.at(name);
    return torch::tensor(plain.values, torch::kFloat64).view(plain.shape);
  }
  static torch::Tensor per_channel(const torch::Tensor& values) { return values.view({1, -1, 1, 1}); }
  torch::Tensor norm(const std::string& name, const torch::Tensor& x) const {
    const torch::Tensor scale = tensor(name + ".weight") / (tensor(name + ".running_var") + 1e-5).sqrt();
    return per_channel(scale) * (x - per_channel(tensor(name + ".running_mean"))) + per_channel(tensor(name + ".bias"));
  }
  static torch::Tensor convolve(const ConvGeometry& g, const torch::Tensor& x, const torch::Tensor& weight) {
    return torch::conv2d(x, weight, {}, {g.stride_h, g.stride_w}, {g.pad_h, g.pad_w});
  }
  torch::Tensor sums(const ConvGeometry& g) const { return sums(g, bits_of(g)); }
  torch::Tensor sums(const ConvGeometry& g, const torch::Tensor& bits) const {
    const torch::Tensor centered = center_and_clamp(tensor(g.name + ".weight"));
    return convolve(g, bits, torch::where(centered > 0, torch::ones_like(centered), -torch::ones_like(centered)));
  }
  torch::Tensor alpha(const ConvGeometry& g) const {
    return per_channel(center_and_clamp(tensor(g.name + ".weight")).abs().mean({1, 2, 3}));
  }
  // A binary convolution's input: bits from a threshold layer, or from the previous convolution.
  const torch::Tensor& bits_of(const ConvGeometry& g) const {
    if (packed_.has(g.name + "sign")) return packed_[g.name + "sign"];
    return packed_[std::string(g.name).replace(g.name.size() - 1, 1, "1")];  // conv2 after conv1
  }
  // An addition's input in real values.
  torch::Tensor real(const GraphStep& step) const {
    if (step.kind != GraphStep::Kind::kConv || step.conv == 0) return packed_[step.name];
    return alpha(geometry().convs[static_cast<std::size_t>(step.conv)]) * packed_[step.name];
  }
  const NetworkGeometry& geometry() const { return module_->geometry(); }
  const GraphStep& step_of(int value) const { return geometry().steps[static_cast<std::size_t>(value) - 1]; }

  // Compares with sign(norm(x)), unless x is near the value at which the sign changes.
  void expect_signs(const torch::Tensor& bits, const torch::Tensor& x, const ConvGeometry& reader) const {
    const torch::Tensor scale = (tensor(reader.norm + ".running_var") + 1e-5).sqrt() / tensor(reader.norm + ".weight");
    const torch::Tensor edge = tensor(reader.norm + ".running_mean") - tensor(reader.norm + ".bias") * scale;
    const torch::Tensor above = x - per_channel(edge);
    const torch::Tensor sure = above.abs() > 1e-6 * x.max();
    EXPECT_EQ((sure & ((bits > 0) != (above > 0))).sum().item<int>(), 0) << reader.name;
    EXPECT_GT(sure.to(torch::kFloat64).mean().item<double>(), 0.99) << reader.name;
  }

  NetworkModule module_;
  TrainedNetwork network_;
  std::vector<std::int16_t> image_;
  LayerOutputs packed_;
};

// The stem's weights have 8 bits each.
TEST_F(LayersOnPackedInputs, TheStemIsNextToTheTrainingForm) {
  const ConvGeometry& g = geometry().convs[0];
  const torch::Tensor input = image_planes(module_->spec(), image_).to(torch::kFloat64);
  const torch::Tensor want = torch::relu(norm(g.norm, convolve(g, input, tensor("stem.weight"))));
  const torch::Tensor error = packed_["stem"] - want;
  EXPECT_LT((error.square().mean() / want.square().mean()).sqrt().item<double>(), 0.01);
}

TEST_F(LayersOnPackedInputs, BranchesGiveTheirExactSums) {
  int branches = 0;
  for (const ConvGeometry& g : geometry().convs) {
    if (!g.binary || g.relu) continue;
    EXPECT_TRUE(torch::equal(packed_[g.name], sums(g))) << g.name;
    ++branches;
  }
  EXPECT_EQ(branches, 8 + 3);
}

TEST_F(LayersOnPackedInputs, SignsAreThoseOfBatchNormsOnTheStream) {
  for (const GraphStep& step : geometry().steps) {
    if (step.kind != GraphStep::Kind::kConv || !packed_.has(step.name + "sign")) continue;
    const ConvGeometry& g = geometry().convs[static_cast<std::size_t>(step.conv)];
    expect_signs(packed_[step.name + "sign"], real(step_of(step.a)), g);
  }
}

TEST_F(LayersOnPackedInputs, InsideABlockTheThresholdsAreReluBatchNormAndSign) {
  const auto& convs = geometry().convs;
  for (std::size_t i = 0; i < convs.size(); ++i) {
    if (!convs[i].binary || !convs[i].relu) continue;
    const torch::Tensor activations = torch::relu(alpha(convs[i]) * sums(convs[i]));
    expect_signs(packed_[convs[i].name], activations, convs[i + 1]);
  }
}

// No addition is off by more than 1e-5 of its largest value.
TEST_F(LayersOnPackedInputs, AdditionsAreExactToTheStreamsResolution) {
  for (const GraphStep& step : geometry().steps) {
    if (step.kind != GraphStep::Kind::kAdd) continue;
    const torch::Tensor want = torch::relu(real(step_of(step.a)) + real(step_of(step.b)));
    const double error = (packed_[step.name] - want).abs().max().item<double>();
    EXPECT_LT(error, 1e-5 * want.max().item<double>()) << step.name;
  }
}

TEST_F(LayersOnPackedInputs, TheHeadLosesNextToNothing) {
  const torch::Tensor pooled = packed_["block8add"].mean({2, 3});
  const torch::Tensor want = torch::linear(pooled, tensor("head.weight"), tensor("head.bias"));
  const double error = (packed_["head"].flatten() - want.flatten()).abs().max().item<double>();
  EXPECT_LT(error, 0.005 * want.abs().max().item<double>());
}

// Separate max-pools of bits, of an addition's input and of the stream. A ReLU6 before a sign.
NetworkSpec with_pools() {
  NetworkSpec spec = image_spec(R"(
  { name = "stem", op = "conv", kernel = 3, pad = 1, filters = 40 },
  { name = "m0", op = "max-pool", pool = 3, stride = 2, pad = [0, 1, 1, 0] },
  { name = "a", op = "conv", kernel = 3, pad = 1, filters = 24, activation = "relu6" },
  { name = "m1", op = "max-pool", pool = 3, stride = 1 },
  { name = "b", op = "conv", kernel = 3, pad = 1, filters = 16 },
  { name = "m2", op = "max-pool", pool = 2, stride = 1 },
  { name = "c", op = "conv", kernel = 3, pad = 1, filters = 16, activation = "none" },
  { name = "s", op = "add", inputs = ["m2", "c"] },
  { name = "m3", op = "max-pool", pool = 2, stride = 1 },
  { name = "d", op = "conv", kernel = 3, pad = 1, filters = 9 },
)");
  spec.binary = true;
  return spec;
}

class PoolsOnPackedInputs : public LayersOnPackedInputs {
 protected:
  PoolsOnPackedInputs() : LayersOnPackedInputs(with_pools()) {}
  const ConvGeometry& conv(int index) const { return geometry().convs[static_cast<std::size_t>(index)]; }
};

TEST_F(PoolsOnPackedInputs, ThoseOfBitsAreThePoolsOfWhatTheSignsAreTakenOf) {
  const ConvGeometry &a = conv(1), &b = conv(2);
  const torch::Tensor cut = torch::clamp(alpha(a) * sums(a, packed_["m0"]), 0, 6);
  EXPECT_GT((cut == 6).sum().item<int>(), 10);
  expect_signs(packed_["m1"], torch::max_pool2d(cut, {3, 3}, {1, 1}), b);
}

TEST_F(PoolsOnPackedInputs, ThoseOfSumsAndOfTheStreamAreExact) {
  const torch::Tensor branch = torch::relu(sums(conv(2), packed_["m1"]));
  EXPECT_TRUE(torch::equal(packed_["b"], branch));
  EXPECT_TRUE(torch::equal(packed_["m2"], torch::max_pool2d(branch, {2, 2}, {1, 1})));
  EXPECT_TRUE(torch::equal(packed_["m3"], torch::max_pool2d(packed_["s"], {2, 2}, {1, 1})));
  expect_signs(packed_["csign"], alpha(conv(2)) * packed_["m2"], conv(3));
  expect_signs(packed_["dsign"], packed_["m3"], conv(4));
}

TEST(PackedPools, ABatchNormOfNegativeScaleBehindThePoolIsRefused) {
  TrainedNetwork network = test::RandomNetwork(with_pools()).take();
  network.tensors.at("bbn.weight").values[3] = -0.1f;
  EXPECT_THROW(pack_network(network), Error);
}

// A 1 x 1 output has no pool before the head.
TEST(PackedHead, ABinaryNetworkMayEndInOnePosition) {
  NetworkSpec spec{.input = ImageSize{8, 8, 3}, .class_count = 3, .binary = true};
  spec.graph = parse_graph(R"(name = "flat"
input = "image"
[[block]]
nodes = [
  { name = "stem", op = "conv", kernel = 3, stride = 2, pad = 1, filters = 33 },
  { name = "last", op = "conv", kernel = 4, filters = 20 },
  { name = "head", op = "linear" },
])",
                           "flat.toml", 3);
  NetworkModule module = settled_resnet(spec);
  const TrainedNetwork network = to_network(module);
  const LayerOutputs packed(*packed_form(module), pixels(spec, 1));
  const torch::Tensor alpha = center_and_clamp(module->conv_weight(1).detach()).abs().mean({1, 2, 3});
  const torch::Tensor values = packed["last"].flatten() * alpha.to(torch::kFloat64);
  const auto head = [&](const char* name) {
    const FloatTensor& plain = network.tensors.at(name);
    return torch::tensor(plain.values, torch::kFloat64).view(plain.shape);
  };
  const torch::Tensor want = torch::matmul(head("head.weight"), values) + head("head.bias");
  const torch::Tensor error = (packed["head"].flatten() - want).abs().max();
  EXPECT_LT(error.item<double>(), 0.005 * want.abs().max().item<double>());
}

}  // namespace
}  // namespace stapes
