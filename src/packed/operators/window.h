// SPDX-License-Identifier: Apache-2.0
// window.h: checks and sizes of operators that slide a window: convolutions and max-pools. Internal to this folder.
#pragma once

#include "packed/operators/operator.h"

namespace stapes {

// Sizes in range, padding that a kernel at the border sees beside the input, and the output as large as they make it.
// Only padding of the whole kernel, the same before and after, lets a window lie in the padding alone: files from
// before version 5 may have it.
Finding check_window(const fb::Window* window, const fb::EndPads* end_pads, const OperatorContext& c);

// Positions before the fused pool.
std::int64_t window_positions(const fb::Window& window, const fb::EndPads* end_pads, const fb::Tensor& in);

}  // namespace stapes
