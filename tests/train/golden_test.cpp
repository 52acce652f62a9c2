// SPDX-License-Identifier: Apache-2.0
// golden_test.cpp: compares the module with the published implementation (PyTorch 1.13).
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "graph/network.h"
#include "import/acdnet_import.h"
#include "import/state_dict.h"
#include "support/shared_data.h"
#include "train/modules/binary_layers.h"
#include "train/modules/network_module.h"
#include "train/network_io.h"
#include "train/optimizer.h"

namespace stapes {
namespace {

constexpr int kCrops = 4, kClasses = 10, kWindow = 30225;

torch::Tensor golden(const std::string& name, std::vector<std::int64_t> shape) {
  const auto values = test::read_golden<float>(name + ".f32");
  return torch::tensor(std::vector<float>(values), torch::kFloat32).reshape(shape);
}

std::vector<double> golden_list(const std::string& name) {
  std::ifstream file(test::data_path("golden/index.json"));
  return nlohmann::json::parse(file).at(name).at("values").get<std::vector<double>>();
}

NetworkModule load(const std::string& file, BinaryRule rule) {
  const StateDict state = read_state_dict(test::data_path("golden/" + file));
  const TrainedNetwork network = network_from_state_dict(state, 20000, kWindow);
  NetworkModule module(network.spec, ModuleOptions{.dropout = 0, .rule = rule});
  load_network(module, network);
  return module;
}

torch::Tensor loss_of(NetworkModule& module) {
  const torch::Tensor logits = module->forward(golden("crops", {kCrops, 1, 1, kWindow}));
  const torch::Tensor target = golden("soft_labels", {kCrops, kClasses});
  return torch::kl_div(torch::log_softmax(logits, 1), target, at::Reduction::Sum) / kCrops;
}

double relative_l2(const torch::Tensor& got, const torch::Tensor& want) {
  return ((got - want).norm() / want.norm()).item<double>();
}

// From the fifth step, rounding dominates. In double precision the losses differ by 0.011 from the published float
// losses. Moving the weights by a millionth changes the losses by 0.012.
constexpr std::size_t kStepsBeyondRounding = 4;
constexpr double kRoundingGrown = 0.03;

TEST(Golden, FullPrecisionLossesAndFirstGradients) {
  NetworkModule module = load("micro_fp_init.pt", BinaryRule::kDefault);
  module->train();
  TrainConfig config;
  config.learning_rate = 0.01;
  const auto optimizer = make_optimizer(config, *module);
  const std::vector<double> want = golden_list("micro_fp_losses");
  for (std::size_t step = 0; step < want.size(); ++step) {
    optimizer->zero_grad();
    torch::Tensor loss = loss_of(module);
    EXPECT_NEAR(loss.item<double>(), want[step], step < kStepsBeyondRounding ? 1e-3 : kRoundingGrown)
        << "step " << step;
    loss.backward();
    if (step == 0) {
      EXPECT_LE(relative_l2(module->conv_weight(0).grad(), golden("micro_fp_grad_conv1", {7, 1, 1, 9})), 1e-3);
      EXPECT_LE(relative_l2(module->conv_weight(6).grad(), golden("micro_fp_grad_conv7", {35, 31, 3, 3})), 1e-3);
    }
    optimizer->step();
  }
}

struct BinaryLayer {
  int conv;
  std::vector<std::int64_t> shape;
};
const BinaryLayer kBinaryLayers[] = {{2, {20, 7, 1, 5}}, {3, {10, 1, 3, 3}}, {7, {35, 31, 3, 3}}};

TEST(Golden, CenteredAndBinarizedWeightsAndTheGradientRule) {
  NetworkModule module = load("micro_xnor_init.pt", BinaryRule::kPaper);
  for (const auto& [conv, shape] : kBinaryLayers) {
    const std::string number = "conv" + std::to_string(conv);
    const torch::Tensor centered = center_and_clamp(module->conv_weight(conv - 1)).detach();
    EXPECT_LE(relative_l2(centered, golden("xnor_centered_" + number, shape)), 1e-5) << number;
    if (conv != 7) {
      const torch::Tensor binary = binarize_weight(centered, BinaryRule::kPaper, true);
      EXPECT_LE(relative_l2(binary, golden("xnor_bin_" + number, shape)), 1e-5) << number;
    }
    const torch::Tensor want = golden("xnor_grad_" + number, shape);
    const torch::Tensor got =
        binary_weight_gradient(centered, golden("xnor_rawgrad_" + number, shape), BinaryRule::kPaper, true);
    const double scale = std::max(1e-12, want.norm().item<double>());  // by the paper's rule, conv3's gradient is 0
    EXPECT_LE((got - want).norm().item<double>() / scale, 1e-5) << number;
  }
}

TEST(Golden, XnorFirstLoss) {
  NetworkModule module = load("micro_xnor_init.pt", BinaryRule::kPaper);
  module->train();
  module->prepare_step();
  const double want = golden_list("micro_xnor_losses").front();
  EXPECT_NEAR(loss_of(module).item<double>(), want, 0.03 * want);
}

TEST(Golden, FullPrecisionProbabilitiesOfThePublishedWeights) {
  STAPES_NEEDS_TEST_DATA("weights/micro_acdnet_esc10_fold4.pt");
  const StateDict state = read_state_dict(test::test_data_dir() / "weights" / "micro_acdnet_esc10_fold4.pt");
  const TrainedNetwork network = network_from_state_dict(state, 20000, kWindow);
  NetworkModule module(network.spec, ModuleOptions{});
  load_network(module, network);
  module->eval();
  const torch::NoGradGuard no_gradient;
  const torch::Tensor logits = module->forward(golden("crops", {kCrops, 1, 1, kWindow}));
  EXPECT_LE((logits - golden("micro_fp_logits", {kCrops, kClasses})).abs().max().item<double>(), 1e-3);
}

}  // namespace
}  // namespace stapes
