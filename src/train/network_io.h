// SPDX-License-Identifier: Apache-2.0
// network_io.h: between the libtorch module and a network in plain tensors.
#pragma once

#include "graph/network.h"
#include "train/modules/network_module.h"

namespace stapes {

// Everything pack and eval need. `labels` and `provenance` are left for the caller to fill.
TrainedNetwork to_network(const NetworkModule& module);

// Loads all tensors. Throws Error when the specs differ.
void load_network(NetworkModule& module, const TrainedNetwork& network);

// Starts a binary module from a trained full-precision network of the same widths: convolutions, the head and the
// batch norm of the first layer are taken over; the others lie elsewhere in the binary network and start fresh.
void warm_start_binary(NetworkModule& module, const TrainedNetwork& full_precision);

}  // namespace stapes
