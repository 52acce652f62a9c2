// SPDX-License-Identifier: Apache-2.0
// sum_limits.h: limits for the parts of an int32 sum, together below 2^30, the limit of a rescaled sum.
#pragma once

namespace stapes {

inline constexpr double kMaxBias = 1 << 28, kMaxProducts = 1 << 29;

}  // namespace stapes
