// SPDX-License-Identifier: Apache-2.0
// wave_tiles.h: the weight layout of wave_conv_<isa>.h: one block of 8 filters, pairs of taps (tiled/tile_layout.h).
#pragma once

#include "kernels/loops/tiled/tile_sizes.h"

namespace stapes {

struct WaveTiles : WordTiles {
  static constexpr int32_t kLanes = 8, kPositions = 16, kMaxBlocks = 1;
};

}  // namespace stapes
