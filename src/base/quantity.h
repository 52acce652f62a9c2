// SPDX-License-Identifier: Apache-2.0
// quantity.h: sizes and times as people write them: 128K, 1.5M, 200ms.
#pragma once

#include <cstdint>
#include <string>

namespace stapes {

// "128K": K = 1024, M = 1024 * 1024 bytes; without a letter bytes. Throws UsageError naming `option`.
std::int64_t parse_bytes(const std::string& text, const std::string& option);

// "15M": K = 1000, M = 10^6, G = 10^9; without a letter ones. Throws UsageError naming `option`.
std::int64_t parse_count(const std::string& text, const std::string& option);

// "200ms" or "1.5s": more than 0, at most 10^6 s; the unit must be there. Throws UsageError naming `option`.
double parse_milliseconds(const std::string& text, const std::string& option);

}  // namespace stapes
