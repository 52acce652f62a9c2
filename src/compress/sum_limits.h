// SPDX-License-Identifier: Apache-2.0
// sum_limits.h: what the parts of an int32 sum may come to: together below the 2^30 that a rescaled sum may reach.
#pragma once

namespace stapes {

inline constexpr double kMaxBias = 1 << 28, kMaxProducts = 1 << 29;

}  // namespace stapes
