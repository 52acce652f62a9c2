// SPDX-License-Identifier: Apache-2.0
// network_io.h: converts between the libtorch module and a network in plain tensors.
#pragma once

#include "graph/network.h"
#include "train/modules/network_module.h"

namespace stapes {

// Leaves `labels` and `provenance` to the caller.
TrainedNetwork to_network(const NetworkModule& module);

// Loads all tensors. Throws Error if the specs differ.
void load_network(NetworkModule& module, const TrainedNetwork& network);

// Warm-starts a binary module from a full-precision network of the same widths: copies convolutions, the head and the
// batch norms of convolutions that stay real. Other batch norms have different positions in a binary network and keep
// their initial values.
void warm_start_binary(NetworkModule& module, const TrainedNetwork& full_precision);

}  // namespace stapes
