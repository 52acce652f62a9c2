// SPDX-License-Identifier: Apache-2.0
// node_windows.h: the keys `pool`, `pad` and `stride` of a node in TOML. Internal to this folder.
#pragma once

#include "graph/graph.h"
#include "graph/node_values.h"

namespace stapes {

inline constexpr int kMaxSize = 4096;  // of kernels, strides and pools

// `pool` of a convolution or an average-pool: one rule for both axes, or [height, width].
void parse_pool(const NodeValues& values, Node& node);

// `pad` of a convolution: a number, [height, width], [top, bottom, left, right], or "same": at stride 1 the output is
// as large as the input. Even kernels get the extra padding at the end, as in PyTorch and TFLite. Requires the kernel
// of `node`.
void parse_pad(const NodeValues& values, Node& node);

// All keys of a max-pool. Windows are adjacent unless `stride` is given. Padding is never the maximum.
void parse_max_pool(const NodeValues& values, Node& node);

}  // namespace stapes
