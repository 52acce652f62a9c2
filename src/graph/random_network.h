// SPDX-License-Identifier: Apache-2.0
// random_network.h: a network with random but plausible weights and batch norms, for figures that depend on sizes but
// not on training, such as bytes and instructions.
#pragma once

#include <cstdint>

#include "graph/network.h"

namespace stapes {

// The same seed produces the same tensors. Labels are "label0", "label1", ...
TrainedNetwork random_network(const NetworkSpec& spec, std::uint64_t seed);

}  // namespace stapes
