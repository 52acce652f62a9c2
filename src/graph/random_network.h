// SPDX-License-Identifier: Apache-2.0
// random_network.h: a network with random but plausible weights, for figures that depend only on sizes.
#pragma once

#include <cstdint>

#include "graph/network.h"

namespace stapes {

// The same seed produces the same tensors. Labels are "label0", "label1", ...
TrainedNetwork random_network(const NetworkSpec& spec, std::uint64_t seed);

}  // namespace stapes
