// SPDX-License-Identifier: Apache-2.0
// evaluate_module.h: the accuracy of the training form.
#pragma once

#include <set>

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "train/modules/network_module.h"

namespace stapes {

// How many windows evaluate_module() gives the module at a time: as many as it takes, and the rest.
std::set<int> windows_per_forward(const ClipSet& clips, Protocol protocol);

// Puts the module into evaluation mode and leaves it there.
Evaluation evaluate_module(NetworkModule& module, const ClipSet& clips, Protocol protocol);

// The mean over all windows of KL(reference || network), in nats, of the class probabilities. Same modes as above.
double mean_divergence(NetworkModule& network, NetworkModule& reference, const ClipSet& clips, Protocol protocol);

}  // namespace stapes
