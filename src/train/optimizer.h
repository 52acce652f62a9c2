// SPDX-License-Identifier: Apache-2.0
// optimizer.h: the optimizer a config asks for.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "train/network_module.h"
#include "train/train_config.h"

namespace stapes {

// SGD with (Nesterov) momentum, or Adam. By the default binary rule the binary weights get no weight decay: it would
// shrink alpha, which means nothing to their signs.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainConfig& config, const NetworkModuleImpl& module);

// Moves what it keeps of each parameter (momentum, moments) to where the parameters are.
void move_state(torch::optim::Optimizer& optimizer, torch::Device device);

void set_learning_rate(torch::optim::Optimizer& optimizer, double rate);

}  // namespace stapes
