// SPDX-License-Identifier: Apache-2.0
// resnet.h: ResNet-18 as arXiv:2108.06128 trains it on images of 32 x 32 pixels: a 3x3 stem of stride 2 and padding 3,
// no max-pool, four stages of two basic blocks (arXiv:1512.03385), a 1x1 projection where a block changes the shape.
//
//   full precision   conv, batch norm, ReLU; no ReLU in front of an addition, one behind it
//   binary           stem and head stay as they are; in blocks batch norm, sign, convolution, ReLU, likewise
//
// spec.widths has three numbers a stage: the channels of its residual stream (which all that is added to it shares, the
// stem's too), then the inner filters of its first and second block. Convolutions are called "stem", "block1conv1" ..
// "block8conv2", "block3projection", ...; batch norms "stembn", "block1bn1", "block1bn2", "block3projectionbn".
#pragma once

#include "network/network.h"

namespace stapes {

inline constexpr int kResnetStages = 4, kResnetBlocksAStage = 2;
inline constexpr int kResnetWidths = kResnetStages * (1 + kResnetBlocksAStage);

// Four widths, one a stage, as spec.widths.
std::vector<int> resnet_widths(const std::vector<int>& stages);

// Throws Error like network_geometry().
NetworkGeometry resnet_geometry(const NetworkSpec& spec);

}  // namespace stapes
