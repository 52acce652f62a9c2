// SPDX-License-Identifier: Apache-2.0
// acdnet_import.h: converts the published ACDNet weights (github mohaimenz/acdnet and mohaimenz/pruning-vs-xnor) to
// our tensor names.
#pragma once

#include <string>
#include <vector>

#include "graph/network.h"
#include "import/state_dict.h"

namespace stapes {

// Full precision: sections sfeb and tfeb, layers in numeric order. Each 4-D weight is the next convolution, followed by
// its batch norm; the 2-D weight with a bias is the head. XNOR form: the batch norm is inside its convolution
// ("tfeb.12.bn.weight"), the head is output.1. The file contains neither rate nor window, so the caller passes them.
// Labels are class_0, class_1, ... Prefixes from training code ("module.", "_orig_mod.", "model.") are stripped. Throws
// Error if a tensor is missing, not part of an ACDNet, or of the wrong shape.
//   left_out  unless null: receives the names of tensors outside the network (loss, metric), which are not imported
TrainedNetwork network_from_state_dict(const StateDict& state, int sample_rate_hz, int window_samples,
                                       std::vector<std::string>* left_out = nullptr);

}  // namespace stapes
