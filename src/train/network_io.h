// network_io.h: between the libtorch module and a network in plain tensors.
#pragma once

#include "network/acdnet.h"
#include "train/acdnet_module.h"

namespace stapes {

// Everything pack and eval need. `labels` and `provenance` are left for the caller to fill.
TrainedNetwork to_network(const Acdnet& module);

// Loads all tensors. Throws Error when the specs differ.
void load_network(Acdnet& module, const TrainedNetwork& network);

// Starts a binary module from a trained full-precision network of the same widths: convolutions, conv1's batch norm and
// the head are taken over; the other batch norms lie elsewhere in the binary network and start fresh.
void warm_start_binary(Acdnet& module, const TrainedNetwork& full_precision);

}  // namespace stapes
