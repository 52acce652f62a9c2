// SPDX-License-Identifier: Apache-2.0
// pack.h: packs a trained network; rounding is the only approximation.
#pragma once

#include "graph/network.h"
#include "packed/model_generated.h"

namespace stapes {

// fp32: batch norm folded into weights and bias. Route "fp32".
packed::fb::ModelT pack_fp32(const TrainedNetwork& network);

// Binary: thresholds, bits, integer first layer and head (docs/explanation/binary.md). Route "xnor".
packed::fb::ModelT pack_binary(const TrainedNetwork& network);

// pack_fp32() or pack_binary(), as the network requires. Throws Error like check_tensors().
packed::fb::ModelT pack_network(const TrainedNetwork& network);

}  // namespace stapes
