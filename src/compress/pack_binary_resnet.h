// SPDX-License-Identifier: Apache-2.0
// pack_binary_resnet.h: a binary ResNet with nothing but integers in it; docs/binary.md has the arithmetic.
#pragma once

#include "network/network.h"
#include "packed/model_generated.h"

namespace stapes {

// Route "xnor". Throws Error for layers whose sums do not fit 16 bits.
packed::fb::ModelT pack_binary_resnet(const TrainedNetwork& network);

}  // namespace stapes
