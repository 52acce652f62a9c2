// SPDX-License-Identifier: Apache-2.0
// shuffled_index.h: shuffles an epoch without storing the order.
#pragma once

#include <cstdint>

namespace stapes {

// Element `index` (< count) of a permutation of 0 .. count - 1 given by (seed, epoch). A Feistel network on the next
// larger power of 4 with Philox as round function (Luby, Rackoff 1988, doi:10.1137/0217022), iterated until the result
// is below `count` (Black, Rogaway 2002, doi:10.1007/3-540-45760-7_9): at most four steps on average.
std::uint32_t shuffled_index(std::uint32_t index, std::uint32_t count, std::uint64_t seed, std::uint32_t epoch);

}  // namespace stapes
