// SPDX-License-Identifier: Apache-2.0
// acdnet_import.h: converts the published ACDNet weights (GitHub: mohaimenz/acdnet, mohaimenz/pruning-vs-xnor) to
// our tensor names.
#pragma once

#include <string>
#include <vector>

#include "graph/network.h"
#include "import/state_dict.h"

namespace stapes {

// Full-precision form: sections sfeb and tfeb; in numeric order, each 4-D weight is a convolution and its batch norm
// follows; the 2-D weight with a bias is the head. XNOR form: the batch norm is inside its convolution
// ("tfeb.12.bn.weight"); the head is output.1. Labels are class_0, class_1, ... Throws Error if a tensor is missing,
// not part of an ACDNet, or of the wrong shape.
//   sample_rate_hz, window_samples  not stored in the file
//   left_out  unless null: receives the names of tensors outside the network (loss, metric), which are not imported
TrainedNetwork network_from_state_dict(const StateDict& state, int sample_rate_hz, int window_samples,
                                       std::vector<std::string>* left_out = nullptr);

}  // namespace stapes
