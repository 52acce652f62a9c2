// SPDX-License-Identifier: Apache-2.0
// acdnet_import.h: converts published ACDNet weights (GitHub: mohaimenz/acdnet, mohaimenz/pruning-vs-xnor) to our
// tensor names.
#pragma once

#include <string>
#include <vector>

#include "graph/network.h"
#include "import/state_dict.h"

namespace stapes {

// Full-precision form: sections sfeb and tfeb. In numeric order, each 4-D weight is a convolution, followed by its
// batch norm. The 2-D weight with a bias is the head. XNOR form: a batch norm is inside its convolution
// ("tfeb.12.bn.weight"), and the head is output.1. Labels are class_0, class_1, ... Throws Error for missing tensors,
// wrong shapes and tensors that no ACDNet has.
//   sample_rate_hz, window_samples  not stored in the file
//   left_out  unless null: receives the names of ignored tensors (loss, metric)
TrainedNetwork network_from_state_dict(const StateDict& state, int sample_rate_hz, int window_samples,
                                       std::vector<std::string>* left_out = nullptr);

}  // namespace stapes
