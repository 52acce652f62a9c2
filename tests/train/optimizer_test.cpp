// SPDX-License-Identifier: Apache-2.0
#include "train/optimizer.h"

#include <gtest/gtest.h>

#include "graph/networks.h"
#include "runs/train_config.h"

namespace stapes {
namespace {

NetworkSpec narrow_images() {
  NetworkSpec spec = named_network("resnet18:4,4,4,4", 3, ImageSize{8, 8, 3});
  spec.binary = true;
  return spec;
}

TrainConfig config_of(OptimizerKind optimizer, bool nesterov = true) {
  TrainConfig config;
  apply_binary_recipe(config);
  config.spec = narrow_images();
  config.optimizer = optimizer;
  config.nesterov = nesterov;
  config.weight_decay = 1e-2;
  return config;
}

// One parameter gets no gradient.
void draw_gradients(NetworkModule& module, int step) {
  torch::manual_seed(100 + step);
  int index = 0;
  for (torch::Tensor& parameter : module->parameters()) {
    parameter.mutable_grad() = torch::randn_like(parameter) * (index == 0 ? 1e-3 : 1);
    if (index++ == 3) parameter.mutable_grad().reset();
  }
}

NetworkModule seeded_module(const TrainConfig& config) {
  torch::manual_seed(7);
  return NetworkModule(config.spec, ModuleOptions{});
}

// Runs started with libtorch's steps must continue unchanged.
TEST(StepTogether, EqualsLibtorchsStepToTheBit) {
  for (const auto& [optimizer, name] : kNames<OptimizerKind>) {
    for (const bool nesterov : {false, true}) {
      const TrainConfig config = config_of(optimizer, nesterov);
      NetworkModule ours = seeded_module(config), theirs = seeded_module(config);
      const auto step_ours = make_optimizer(config, *ours), step_theirs = make_optimizer(config, *theirs);
      for (int step = 0; step < 5; ++step) {
        set_learning_rate(*step_ours, 0.01 / (step + 1));
        set_learning_rate(*step_theirs, 0.01 / (step + 1));
        draw_gradients(ours, step);
        draw_gradients(theirs, step);
        if (step == 2) {
          step_ours->step();  // libtorch's step, on the same state
        } else {
          step_together(*step_ours);
        }
        step_theirs->step();
      }
      const auto a = ours->named_parameters(), b = theirs->named_parameters();
      for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_TRUE(torch::equal(a[i].value(), b[i].value())) << name << " " << a[i].key();
      }
    }
  }
}

TEST(LearningRate, OfBinaryWeightsIsTheirOwn) {
  for (const BinaryRule rule : {BinaryRule::kDefault, BinaryRule::kPaper}) {
    TrainConfig config = config_of(OptimizerKind::kAdam);
    config.rule = rule;
    config.binary_lr_factor = 4;
    const NetworkModule module = seeded_module(config);
    const auto optimizer = make_optimizer(config, *module);
    set_learning_rate(*optimizer, 0.01, config.binary_lr_factor);
    const auto& groups = optimizer->param_groups();
    ASSERT_EQ(groups.size(), 2u);
    ASSERT_EQ(groups[1].params().size(), module->binary_weights().size());
    EXPECT_TRUE(groups[1].params()[0].is_same(module->binary_weights()[0]));
    EXPECT_DOUBLE_EQ(groups[0].options().get_lr(), 0.01);
    EXPECT_DOUBLE_EQ(groups[1].options().get_lr(), 0.04);
    const auto& adam = static_cast<const torch::optim::AdamOptions&>(groups[1].options());
    EXPECT_EQ(adam.weight_decay(), rule == BinaryRule::kPaper ? config.weight_decay : 0);
  }
}

// The largest share that the stem's weight or batch-norm scale loses in 1000 steps without a gradient.
double lost_without_gradient(const TrainConfig& config) {
  NetworkModule module = seeded_module(config);
  const auto optimizer = make_optimizer(config, *module);
  const auto stem = {"stem.weight", "stembn.weight"};
  std::vector<double> before, after;
  const auto sizes = [&](std::vector<double>& sizes) {
    for (const char* name : stem) sizes.push_back(module->named_parameters()[name].abs().mean().item<double>());
  };
  sizes(before);
  for (int step = 0; step < 1000; ++step) {
    for (torch::Tensor& parameter : module->parameters()) parameter.mutable_grad() = torch::zeros_like(parameter);
    step_together(*optimizer);
  }
  sizes(after);
  double lost = 0;
  for (std::size_t i = 0; i < before.size(); ++i) lost = std::max(lost, 1 - after[i] / before[i]);
  return lost;
}

// Adam divides its step by the gradient's magnitude. If weight decay is the only gradient, weights shrink by about a
// learning rate per step. Without a gradient from the loss, a channel would soon be lost for good.
TEST(AdamW, LeavesAChannelWithoutGradientAlone) {
  TrainConfig config;
  apply_binary_recipe(config);
  apply_image_recipe(config);
  config.optimizer = OptimizerKind::kAdamW;
  config.spec = narrow_images();
  EXPECT_LT(lost_without_gradient(config), 0.01);
}

TEST(Adam, TheDefaultOfBothRulesShrinksAChannelWithoutGradient) {
  for (const BinaryRule rule : {BinaryRule::kDefault, BinaryRule::kPaper}) {
    TrainConfig config;
    config.rule = rule;
    apply_binary_recipe(config);
    apply_image_recipe(config);
    config.spec = narrow_images();
    EXPECT_GT(lost_without_gradient(config), 0.9);
  }
}

}  // namespace
}  // namespace stapes
