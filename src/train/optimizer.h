// SPDX-License-Identifier: Apache-2.0
// optimizer.h: the optimizer of a config.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "runs/train_config.h"
#include "train/modules/network_module.h"

namespace stapes {

// "sgd" with (Nesterov) momentum, "adam" or "adamw". Binary weights form the second parameter group, except with the
// published rule and a uniform learning rate. Under the default binary rule they have no weight decay, which would
// shrink alpha without changing signs.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainConfig& config, const NetworkModuleImpl& module);

// Equals optimizer.step(), bit for bit on the CPU, but operates on tensor lists to save kernel launches on a GPU. Only
// for optimizers from make_optimizer().
void step_together(torch::optim::Optimizer& optimizer);

// Moves the state of all parameters to `device`.
void move_state(torch::optim::Optimizer& optimizer, torch::Device device);

// The second group's rate is `binary_factor` times `rate`.
void set_learning_rate(torch::optim::Optimizer& optimizer, double rate, double binary_factor = 1);

}  // namespace stapes
