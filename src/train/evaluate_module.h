// SPDX-License-Identifier: Apache-2.0
// evaluate_module.h: the accuracy of a network before packing.
#pragma once

#include <set>

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "train/modules/network_module.h"

namespace stapes {

// The batch sizes, in windows, of evaluate_module(): full batches and the remainder.
std::set<int> windows_per_forward(const ClipSet& clips, Protocol protocol);

// Switches the module to evaluation mode.
Evaluation evaluate_module(NetworkModule& module, const ClipSet& clips, Protocol protocol);

// Mean KL(reference || network) of the class probabilities over all windows, in nats. Switches both modules to
// evaluation mode.
double mean_divergence(NetworkModule& network, NetworkModule& reference, const ClipSet& clips, Protocol protocol);

}  // namespace stapes
