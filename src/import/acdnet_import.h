// SPDX-License-Identifier: Apache-2.0
// acdnet_import.h: the published ACDNet weights (github mohaimenz/acdnet and mohaimenz/pruning-vs-xnor) under our
// names.
#pragma once

#include <string>
#include <vector>

#include "graph/network.h"
#include "import/state_dict.h"

namespace stapes {

// Full precision: sections sfeb and tfeb, layers in numeric order; each 4-D weight is the next convolution and the
// batch norm after it is its own; the 2-D weight with a bias is the head. XNOR form: the batch norm is inside its
// convolution
// ("tfeb.12.bn.weight"), the head is output.1. Neither the rate nor the window is in the file: the caller knows them.
// Labels are class_0, class_1, ... Prefixes from training code ("module.", "_orig_mod.", "model.") are stripped.
// Throws Error when a tensor is no part of an ACDNet, missing, or of a shape that does not fit.
//   left_out  unless null: gets the names of tensors next to the network, of a loss or a metric, which are not imported
TrainedNetwork network_from_state_dict(const StateDict& state, int sample_rate_hz, int window_samples,
                                       std::vector<std::string>* left_out = nullptr);

}  // namespace stapes
