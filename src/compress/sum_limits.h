// SPDX-License-Identifier: Apache-2.0
// sum_limits.h: limits of the parts of an int32 sum: together below the 2^30 allowed for a rescaled sum.
#pragma once

namespace stapes {

inline constexpr double kMaxBias = 1 << 28, kMaxProducts = 1 << 29;

}  // namespace stapes
