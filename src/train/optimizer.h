// SPDX-License-Identifier: Apache-2.0
// optimizer.h: the optimizer a config asks for, and its steps on all tensors at once.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "train/network_module.h"
#include "train/train_config.h"

namespace stapes {

// "sgd" with (Nesterov) momentum, "adam" or "adamw". By the default binary rule the binary weights get no weight decay:
// it would shrink alpha, which means nothing to their signs.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainConfig& config, const NetworkModuleImpl& module);

// The same step as optimizer.step(), to the bit on the CPU, as a dozen operations on lists of tensors instead of a
// dozen on every tensor: on a GPU that many fewer kernel launches. For what make_optimizer() makes.
void step_together(torch::optim::Optimizer& optimizer);

// Moves what it keeps of each parameter (momentum, moments) to where the parameters are.
void move_state(torch::optim::Optimizer& optimizer, torch::Device device);

void set_learning_rate(torch::optim::Optimizer& optimizer, double rate);

}  // namespace stapes
