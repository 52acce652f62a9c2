// SPDX-License-Identifier: Apache-2.0
// random_network.h: a network with drawn but plausible weights and batch norms: for what depends on sizes and not on
// training, such as bytes and instructions.
#pragma once

#include <cstdint>

#include "graph/network.h"

namespace stapes {

// The same seed, the same tensors. Labels are "label0", "label1", ...
TrainedNetwork random_network(const NetworkSpec& spec, std::uint64_t seed);

}  // namespace stapes
