// SPDX-License-Identifier: Apache-2.0
#include "train/optimizer.h"

#include <algorithm>

namespace stapes {
namespace optim = torch::optim;
namespace {

template <class Options>
std::vector<optim::OptimizerParamGroup> parameter_groups(const TrainConfig& config, const NetworkModuleImpl& module,
                                                         const Options& options) {
  const std::vector<torch::Tensor> binary = module.binary_weights();
  std::vector<torch::Tensor> decayed, free;
  for (const auto& item : module.named_parameters()) {
    const bool is_binary = std::any_of(binary.begin(), binary.end(),
                                       [&](const torch::Tensor& weight) { return item.value().is_same(weight); });
    const bool decays = !is_binary || config.rule == BinaryRule::kPaper;
    (decays ? decayed : free).push_back(item.value());
  }
  std::vector<optim::OptimizerParamGroup> groups;
  groups.emplace_back(decayed, std::make_unique<Options>(options));
  if (!free.empty()) groups.emplace_back(free, std::make_unique<Options>(Options(options).weight_decay(0)));
  return groups;
}

}  // namespace

std::unique_ptr<optim::Optimizer> make_optimizer(const TrainConfig& config, const NetworkModuleImpl& module) {
  if (config.optimizer == "adam") {
    const auto options = optim::AdamOptions(config.learning_rate).weight_decay(config.weight_decay);
    return std::make_unique<optim::Adam>(parameter_groups(config, module, options), options);
  }
  const auto options = optim::SGDOptions(config.learning_rate)
                           .momentum(config.momentum)
                           .nesterov(config.nesterov && config.momentum > 0)  // without it, nothing to look ahead with
                           .weight_decay(config.weight_decay);
  return std::make_unique<optim::SGD>(parameter_groups(config, module, options), options);
}

void move_state(optim::Optimizer& optimizer, torch::Device device) {
  for (auto& entry : optimizer.state()) {
    if (auto* sgd = dynamic_cast<optim::SGDParamState*>(entry.second.get())) {
      if (sgd->momentum_buffer().defined()) sgd->momentum_buffer(sgd->momentum_buffer().to(device));
    } else if (auto* adam = dynamic_cast<optim::AdamParamState*>(entry.second.get())) {
      adam->exp_avg(adam->exp_avg().to(device));
      adam->exp_avg_sq(adam->exp_avg_sq().to(device));
    }
  }
}

void set_learning_rate(optim::Optimizer& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(rate);
}

}  // namespace stapes
