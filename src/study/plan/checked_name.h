// SPDX-License-Identifier: Apache-2.0
// checked_name.h: names that become parts of folder and file names.
#pragma once

#include <cstddef>
#include <string>

#include "graph/toml_table.h"

namespace stapes {

inline constexpr std::size_t kLongestPlanName = 40;

// Returns `name`, the value of `key`. Throws UsageError unless it is 1 to `longest` letters, digits, . _ or - and does
// not start with a dot.
std::string checked_name(const TomlTable& table, const std::string& key, const std::string& name,
                         std::size_t longest = kLongestPlanName);

}  // namespace stapes
