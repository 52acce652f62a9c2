// SPDX-License-Identifier: Apache-2.0
// memory_units.h: the units in which data sheets state flash and RAM.
#pragma once

#include <cstdint>

namespace stapes {

inline constexpr std::int64_t kKiB = 1024, kMiB = 1024 * 1024;

}  // namespace stapes
