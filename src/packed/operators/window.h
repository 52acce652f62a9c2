// SPDX-License-Identifier: Apache-2.0
// window.h: checks and sizes of convolutions and pools. Internal to this folder.
#pragma once

#include "packed/operators/operator.h"

namespace stapes {

// Checks ranges, padding <= kernel and the output size. A window may lie entirely in padding only if the padding equals
// the kernel size on both sides, as in files before version 5.
Finding check_window(const fb::Window* window, const fb::EndPads* end_pads, const OperatorContext& c);

// The same for a separate pool. Each window must contain a position of the input.
Finding check_pool_window(const fb::Window* window, const fb::EndPads* end_pads, const OperatorContext& c);
Pooling window_pooling(const char* kind, const fb::Window& window, const fb::EndPads* end_pads);

// The same for adjacent windows, each inside the input.
Finding check_side_by_side(std::int32_t pool_h, std::int32_t pool_w, const OperatorContext& c);
Pooling side_by_side_pooling(const char* kind, std::int32_t pool_h, std::int32_t pool_w);

// Positions before the fused pool.
std::int64_t window_positions(const fb::Window& window, const fb::EndPads* end_pads, const fb::Tensor& in);

}  // namespace stapes
